use serde_json::json;

use super::*;
use crate::graph::error::Next;

const S: Duration = Duration::from_secs(1);

fn read(call: Call, status: u16, code: &str) -> Result<Answer, GraphError> {
    let body = json!({ "error": { "code": code, "message": "Anna Beispiel is broken" } });
    Raw { status, wait: None, request_id: None, body: Some(body), token: TokenSerial::default() }.read(At { call, mailbox: None, request_id: None })
}

fn next(call: Call, status: u16, code: &str) -> Next {
    read(call, status, code).expect_err("a failure").next(S)
}

#[test]
fn each_code_leads_somewhere() {
    use Call::{CreateContact, CreateFolder, GetContact, ListContacts, PatchContact};
    let table = [
        (PatchContact, 404, "ErrorItemNotFound", Next::Recreate),
        (CreateContact, 404, "ErrorItemNotFound", Next::FindFolder),
        (ListContacts, 404, "erroritemnotfound", Next::FindFolder),
        (CreateFolder, 409, "ErrorFolderExists", Next::FindFolder),
        (CreateFolder, 400, "ErrorFolderExists", Next::FindFolder),
        (PatchContact, 404, "MailboxNotEnabledForRESTAPI", Next::StopMailbox),
        (PatchContact, 404, "ErrorInvalidUser", Next::StopMailbox),
        (PatchContact, 403, "ErrorAccessDenied", Next::StopMailbox),
        (PatchContact, 403, "", Next::StopMailbox),
        (PatchContact, 403, "Authorization_RequestDenied", Next::StopMailbox),
        (PatchContact, 401, "InvalidAuthenticationToken", Next::StopMailbox),
        (CreateContact, 400, "ErrorInvalidProperty", Next::SkipContact),
        (CreateContact, 413, "", Next::SkipContact),
        (CreateContact, 507, "ErrorQuotaExceeded", Next::StopAdding),
        (PatchContact, 412, "ErrorIrresolvableConflict", Next::ReadAgain),
        (PatchContact, 409, "", Next::ReadAgain),
        (PatchContact, 503, "MailboxInfoStale", Next::Again(S)),
        (PatchContact, 504, "UnknownError", Next::Again(S)),
        (CreateContact, 504, "UnknownError", Next::LookUp(S)),
        (CreateContact, 500, "ErrorTimeoutExpired", Next::LookUp(S)),
        (CreateContact, 429, "ApplicationThrottled", Next::Again(UNSAID)),
        (GetContact, 404, "", Next::StopMailbox),
        (Call::PurgeContact, 501, "NotImplemented", Next::SkipContact),
    ];
    for (call, status, code, expected) in table {
        assert_eq!(next(call, status, code), expected, "{call:?} {status} {code}");
    }
}

#[test]
fn a_503_that_asks_to_wait_may_have_been_carried_out_all_the_same() {
    for (call, next) in [(Call::PatchContact, Next::Again(9 * S)), (Call::CreateContact, Next::LookUp(9 * S))] {
        let raw = Raw { status: 503, wait: Some(9 * S), request_id: None, body: None, token: TokenSerial::default() };
        let error = raw.read(At { call, mailbox: None, request_id: None }).expect_err("unwell");
        assert_eq!(error.next(S), next);
    }
}

#[test]
fn no_message_of_graph_reaches_our_errors() {
    let error = read(Call::CreateContact, 400, "ErrorInvalidProperty").expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("Anna"));
    let error = read(Call::CreateContact, 400, "Anna Beispiel, 0151").expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("Anna"));
    assert_eq!(error.to_string(), "could not create a contact: Graph refused it (status 400); it is left out and reported");
}

#[test]
fn a_creation_without_an_id_is_looked_up() {
    let raw = Raw { status: 201, wait: None, request_id: None, body: Some(json!({ "displayName": "x" })), token: TokenSerial::default() };
    let error = raw.read(At { call: Call::CreateContact, mailbox: None, request_id: None }).expect_err("no id");
    assert_eq!(error.next(S), Next::LookUp(S));
}

#[test]
fn a_page_that_is_no_list_is_not_taken_for_empty() {
    let raw = Raw { status: 200, wait: None, request_id: None, body: Some(json!({ "values": [] })), token: TokenSerial::default() };
    let answer = raw.read(At { call: Call::ListContacts, mailbox: None, request_id: None }).expect("an object");
    assert!(matches!(answer.items(), Err(GraphError::Protocol { .. })));
}
