//! Just enough DER to take the RSA public key out of an X.509 certificate.

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const VERSION: u8 = 0xa0;

/// The RSA public key (PKCS#1) of a certificate; `None` if the bytes are no certificate.
pub(crate) fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let (tag, certificate, _) = element(certificate)?;
    let (inner, signed, _) = element(certificate)?;
    if tag != SEQUENCE || inner != SEQUENCE {
        return None;
    }
    // Version (optional), serial, algorithm, issuer, validity and subject come before the key.
    let (first, _, after_version) = element(signed)?;
    let mut rest = if first == VERSION { after_version } else { signed };
    for _ in 0..5 {
        rest = element(rest)?.2;
    }
    let (tag, key_info, _) = element(rest)?;
    let (_, _, after_algorithm) = element(key_info)?;
    let (bits, key, _) = element(after_algorithm)?;
    match (tag, bits, key) {
        (SEQUENCE, BIT_STRING, [0, key @ ..]) => Some(key.to_vec()),
        _ => None,
    }
}

/// The DER bytes of a PEM or DER certificate.
pub(crate) fn from_pem_or_der(bytes: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine;
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.contains("-----BEGIN CERTIFICATE-----")) else {
        return Some(bytes.to_vec());
    };
    let body = text.split("-----BEGIN CERTIFICATE-----").nth(1)?.split("-----END").next()?;
    let body: String = body.split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(body).ok()
}

/// Splits off one element: tag, content, what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if first & 0x80 == 0 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}
