use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../../../tests/graph/certificate.pem");
const KEY: &[u8] = include_bytes!("../../../tests/graph/key.pem");
const ELLIPTIC: &[u8] = include_bytes!("../../../tests/graph/ec_key.pem");
/// By `openssl x509 -fingerprint -sha256`.
const THUMBPRINT: &str = "H6nXmK6Dcr7aHFUVxe3XB3UulhYjHd1lgu326f4KzRA";

#[test]
fn an_assertion_verifies_with_the_public_key_and_names_app_and_endpoint() {
    let certificate = Certificate::from_pem(CERTIFICATE, KEY).unwrap();
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let assertion = certificate.assertion("app-1", "https://login.example/t/oauth2/v2.0/token", now).unwrap();
    let parts: Vec<&str> = assertion.expose_secret().split('.').collect();
    let json = |part: &str| -> Value { serde_json::from_slice(&BASE64.decode(part).unwrap()).unwrap() };

    let public = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, certificate.key.public().as_ref());
    let signature = BASE64.decode(parts[2]).unwrap();
    public.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    assert_eq!(json(parts[0]), json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": THUMBPRINT }));
    let mut claims = json(parts[1]);
    let id = claims.as_object_mut().unwrap().remove("jti").unwrap();
    assert!(Uuid::parse_str(id.as_str().unwrap()).is_ok());
    assert_eq!(
        claims,
        json!({
            "aud": "https://login.example/t/oauth2/v2.0/token", "iss": "app-1", "sub": "app-1",
            "nbf": 1_800_000_000, "iat": 1_800_000_000, "exp": 1_800_000_600,
        })
    );
}

#[test]
fn certificate_and_key_may_stand_in_one_file() {
    let both = [KEY, CERTIFICATE].concat();
    assert_eq!(Certificate::from_pem(&both, &both).unwrap().thumbprint, THUMBPRINT);
}

#[test]
fn a_certificate_tells_when_it_ends() {
    // By `openssl x509 -enddate`.
    let until = Certificate::from_pem(CERTIFICATE, KEY).unwrap().until().unwrap();
    assert_eq!(until.to_rfc3339(), "2126-10-28T22:14:44+00:00");
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_sent() {
    let error = |certificate: &[u8], key: &[u8]| Certificate::from_pem(certificate, key).err().unwrap();
    assert!(matches!(error(b"", KEY), CredentialError::NoCertificate(_)));
    assert!(matches!(error(CERTIFICATE, CERTIFICATE), CredentialError::NoKey(_)));
    assert!(matches!(error(CERTIFICATE, ELLIPTIC), CredentialError::KeyKind(_)));
    let locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    assert!(matches!(error(CERTIFICATE, locked), CredentialError::Encrypted));
}

#[test]
fn a_credential_does_not_print_itself() {
    assert_eq!(format!("{:?}", Credential::Secret("hunter2".into())), "Secret(…)");
}
