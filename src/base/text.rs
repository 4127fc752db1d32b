//! Bytes as text: hex and base64 (RFC 4648).
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};

/// Returns bytes in lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// Returns the bytes of lower-case hex; `None` if it is not that.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER.decode(text.as_bytes()).ok()
}

/// Returns bytes in base64, with padding.
pub fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// Returns the bytes of padded base64; `None` if it is not that.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.as_bytes()).ok()
}

/// Returns bytes in the URL-safe base64 without padding that a wheel's RECORD has (PEP 427).
pub fn base64_url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// Returns the bytes of such base64; `None` if it is not that.
pub fn from_base64_url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_lower_case_and_reads_back() {
        assert_eq!(hex(&[0, 0xab, 0xff]), "00abff");
        assert_eq!(from_hex("00abff"), Some(vec![0, 0xab, 0xff]));
        assert_eq!(from_hex("00ABFF"), None);
        assert_eq!(from_hex("0"), None);
    }

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
            assert_eq!(from_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(from_base64("Zg"), None);
        assert_eq!(base64_url(&[0xfb, 0xff]), "-_8");
        assert_eq!(from_base64_url("-_8"), Some(vec![0xfb, 0xff]));
        assert_eq!(from_base64_url("-_8="), None);
    }
}
