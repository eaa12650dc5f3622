//! Pictures of contacts: set and replaced, never taken away.

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::ask::Ask;
use crate::call::{Answer, Payload};
use crate::contact;
use crate::error::Refusal;
use crate::mailbox::{Mailbox, Photo, Unsaved};

/// `PUT …/photo/$value`, raw bytes.
pub(crate) fn put(mailbox: &mut Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let mut contact = contact::find(mailbox, folder, id)?.clone();
    let mime = ask.call.header("content-type").unwrap_or_default().to_owned();
    if !mime.starts_with("image/") {
        return Err(Refusal::new(400, "ErrorInvalidRequest", "A photo needs the Content-Type of a picture, such as image/jpeg."));
    }
    let bytes = STANDARD.encode(ask.call.bytes()?);
    let key = contact.key;
    contact.modified = ask.now;
    mailbox.photos.insert(key, Photo { mime, bytes });
    mailbox.put(contact);
    mailbox.unsaved.push(Unsaved::Photo(key));
    Ok(Answer { status: 200, headers: Vec::new(), payload: Payload::Nothing })
}

/// `GET …/photo/$value`.
pub(crate) fn get(mailbox: &Mailbox, folder: Option<&str>, id: &str) -> Result<Answer, Refusal> {
    let photo = find(mailbox, folder, id)?;
    let bytes = Bytes::from(STANDARD.decode(&photo.bytes).unwrap_or_default());
    Ok(Answer { status: 200, headers: Vec::new(), payload: Payload::Binary { mime: photo.mime.clone(), bytes } })
}

/// `GET …/photo`.
pub(crate) fn describe(mailbox: &Mailbox, folder: Option<&str>, id: &str, ask: &Ask<'_>) -> Result<Answer, Refusal> {
    let photo = find(mailbox, folder, id)?;
    Ok(Answer::ok(json!({"@odata.context": ask.context("photo/$entity"), "@odata.mediaContentType": photo.mime, "id": "default"})))
}

fn find<'m>(mailbox: &'m Mailbox, folder: Option<&str>, id: &str) -> Result<&'m Photo, Refusal> {
    let contact = contact::find(mailbox, folder, id)?;
    mailbox
        .photos
        .get(&contact.key)
        .ok_or_else(|| Refusal::new(404, "ErrorItemNotFound", "The specified object was not found in the store., The photo wasn't found."))
}
