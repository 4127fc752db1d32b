//! Certificates in PEM files.
use camino::{Utf8Path, Utf8PathBuf};
use ureq::tls::{ClientCert, PemItem, parse_pem};

use crate::error::Error;

fn pem_items(file: &Utf8Path) -> Result<Vec<PemItem<'static>>, Error> {
    let bad = |reason: String| Error::Certificates { file: file.to_owned(), reason };
    let pem = std::fs::read(file).map_err(|error| bad(error.to_string()))?;
    parse_pem(&pem).collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))
}

/// Reads the certificates to trust, from a PEM file or a folder of them.
pub(crate) fn read_roots(bundle: &Utf8Path) -> Result<Vec<ureq::tls::Certificate<'static>>, Error> {
    // `requests` takes a folder of hashed certificates too.
    let mut files: Vec<Utf8PathBuf> = match bundle.read_dir_utf8() {
        Ok(entries) => entries.filter_map(|entry| entry.ok().map(|e| e.into_path())).filter(|p| p.is_file()).collect(),
        Err(_) => vec![bundle.to_owned()],
    };
    files.sort();
    let mut roots = Vec::new();
    for file in files {
        roots.extend(pem_items(&file)?.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        }));
    }
    let none = || Error::Certificates { file: bundle.to_owned(), reason: "there is no certificate in it".to_owned() };
    if roots.is_empty() { Err(none()) } else { Ok(roots) }
}

/// Reads the client's certificate and key from a PEM file.
pub(crate) fn read_client_cert(file: &Utf8Path) -> Result<ClientCert, Error> {
    let (mut chain, mut key) = (Vec::new(), None);
    for item in pem_items(file)? {
        match item {
            PemItem::Certificate(certificate) => chain.push(certificate),
            PemItem::PrivateKey(found) => key = Some(found),
            _ => {}
        }
    }
    let no_key = || Error::Certificates { file: file.to_owned(), reason: "there is no private key in it".to_owned() };
    Ok(ClientCert::new_with_certs(&chain, key.ok_or_else(no_key)?))
}
