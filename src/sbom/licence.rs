//! Licences that METADATA declares, as SPDX has them (PEP 639; before it the `License` field and Trove classifiers).
use crate::cyclonedx::LicenceChoice;
use crate::metadata::Metadata;

/// SPDX identifiers that the `License` field is searched for. All are in the list that CycloneDX 1.6 has.
const IDS: [&str; 48] = [
    "0BSD",
    "AFL-2.1",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC-BY-4.0",
    "CC0-1.0",
    "CNRI-Python",
    "EPL-1.0",
    "EPL-2.0",
    "EUPL-1.2",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "HPND",
    "ISC",
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "MPL-1.1",
    "MPL-2.0",
    "MS-PL",
    "NCSA",
    "OFL-1.1",
    "OpenSSL",
    "PSF-2.0",
    "PostgreSQL",
    "Python-2.0",
    "Python-2.0.1",
    "Unlicense",
    "UPL-1.0",
    "Vim",
    "W3C",
    "WTFPL",
    "ZPL-2.1",
    "Zlib",
    "blessing",
];

/// What people write in the `License` field, in lower case without `the`, commas and `version`, and what it is.
const PHRASES: [(&str, &str); 34] = [
    ("3-clause bsd", "BSD-3-Clause"),
    ("3-clause bsd license", "BSD-3-Clause"),
    ("2-clause bsd license", "BSD-2-Clause"),
    ("apache 2", "Apache-2.0"),
    ("apache 2.0", "Apache-2.0"),
    ("apache 2.0 license", "Apache-2.0"),
    ("apache license 2.0", "Apache-2.0"),
    ("apache license v2.0", "Apache-2.0"),
    ("apache software license 2.0", "Apache-2.0"),
    ("apache-2", "Apache-2.0"),
    ("apache2", "Apache-2.0"),
    ("apachev2", "Apache-2.0"),
    ("bsd 2-clause", "BSD-2-Clause"),
    ("bsd 2-clause license", "BSD-2-Clause"),
    ("bsd 3-clause", "BSD-3-Clause"),
    ("bsd 3-clause license", "BSD-3-Clause"),
    ("bsd-2-clause license", "BSD-2-Clause"),
    ("bsd-3-clause license", "BSD-3-Clause"),
    ("expat license", "MIT"),
    ("gplv3", "GPL-3.0-only"),
    ("gplv3+", "GPL-3.0-or-later"),
    ("isc license", "ISC"),
    ("lgplv3", "LGPL-3.0-only"),
    ("lgplv3+", "LGPL-3.0-or-later"),
    ("mit license", "MIT"),
    ("mit licence", "MIT"),
    ("mozilla public license 2.0", "MPL-2.0"),
    ("mozilla public license 2.0 (mpl 2.0)", "MPL-2.0"),
    ("mpl 2.0", "MPL-2.0"),
    ("new bsd", "BSD-3-Clause"),
    ("new bsd license", "BSD-3-Clause"),
    ("psf license", "PSF-2.0"),
    ("public domain (unlicense)", "Unlicense"),
    ("zlib/libpng", "Zlib"),
];

/// How PyInstaller's METADATA begins to say what SPDX calls so: its bootloader exception.
const PYINSTALLER: (&str, &str) =
    ("gplv2-or-later with a special exception", "GPL-2.0-or-later WITH Bootloader-exception");

const CLASSIFIER: &str = "License :: ";

/// Trove classifiers that mean one licence. `BSD License` and the like mean several.
const CLASSIFIERS: [(&str, &str); 31] = [
    ("Academic Free License (AFL)", "AFL-2.1"),
    ("Apache Software License", "Apache-2.0"),
    ("Boost Software License 1.0 (BSL-1.0)", "BSL-1.0"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("Eclipse Public License 1.0 (EPL-1.0)", "EPL-1.0"),
    ("Eclipse Public License 2.0 (EPL-2.0)", "EPL-2.0"),
    ("European Union Public Licence 1.2 (EUPL 1.2)", "EUPL-1.2"),
    ("GNU Affero General Public License v3", "AGPL-3.0-only"),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", "AGPL-3.0-or-later"),
    ("GNU General Public License v2 (GPLv2)", "GPL-2.0-only"),
    ("GNU General Public License v2 or later (GPLv2+)", "GPL-2.0-or-later"),
    ("GNU General Public License v3 (GPLv3)", "GPL-3.0-only"),
    ("GNU General Public License v3 or later (GPLv3+)", "GPL-3.0-or-later"),
    ("GNU Lesser General Public License v2 (LGPLv2)", "LGPL-2.0-only"),
    ("GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"),
    ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL-3.0-only"),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", "LGPL-3.0-or-later"),
    ("Historical Permission Notice and Disclaimer (HPND)", "HPND"),
    ("ISC License (ISCL)", "ISC"),
    ("MIT License", "MIT"),
    ("MIT No Attribution License (MIT-0)", "MIT-0"),
    ("Mozilla Public License 1.1 (MPL 1.1)", "MPL-1.1"),
    ("Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"),
    ("PostgreSQL License", "PostgreSQL"),
    ("Python Software Foundation License", "PSF-2.0"),
    ("The Unlicense (Unlicense)", "Unlicense"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("University of Illinois/NCSA Open Source License", "NCSA"),
    ("W3C License", "W3C"),
    ("Zope Public License", "ZPL-2.1"),
    ("zlib/libpng License", "Zlib"),
];

/// Returns the licences that METADATA declares; an SPDX expression stands alone. What cannot be told is given by name.
pub fn declared(metadata: &Metadata) -> Vec<LicenceChoice> {
    if let Some(expression) = metadata.one("License-Expression") {
        return vec![LicenceChoice::expression(expression)];
    }
    let field = metadata.one("License").and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
    let mut found = Vec::new();
    match field.map(|text| (text, spdx(text))) {
        Some((_, Some(spdx))) if spdx.contains(' ') => return vec![LicenceChoice::expression(&spdx)],
        Some((_, Some(id))) => found.push(LicenceChoice::id(&id)),
        _ => {}
    }
    for classifier in metadata.all("Classifier").filter_map(|classifier| classifier.strip_prefix(CLASSIFIER)) {
        let name = classifier.rsplit(" :: ").next().unwrap_or(classifier);
        let known = CLASSIFIERS.iter().find(|(text, _)| *text == name).map(|(_, id)| LicenceChoice::id(id));
        // A vague classifier adds nothing to a licence that is known.
        let choice = known.or_else(|| (field.is_none() && found.is_empty()).then(|| LicenceChoice::name(name)));
        found.extend(choice.filter(|choice| !found.contains(choice)));
    }
    if found.is_empty() {
        found.extend(field.map(|text| LicenceChoice::name(&text.chars().take(200).collect::<String>())));
    }
    found
}

/// Returns the SPDX identifier or expression that a text is, if it is one that is known.
fn spdx(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    if lower.starts_with(PYINSTALLER.0) {
        return Some(PYINSTALLER.1.to_owned());
    }
    let words: Vec<&str> =
        lower.split([' ', ',', '\t']).filter(|word| !matches!(*word, "" | "the" | "version")).collect();
    let phrase = words.join(" ");
    let known = PHRASES.iter().find(|(known, _)| *known == phrase).map(|(_, id)| (*id).to_owned());
    known.or_else(|| expression(text))
}

/// Reads an SPDX expression whose identifiers are all known: `MIT OR (Apache-2.0 AND ISC)`.
fn expression(text: &str) -> Option<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let (mut out, mut depth, mut wants_id) = (String::new(), 0_u32, true);
    for word in spaced.split_whitespace() {
        let word = match word {
            "(" if wants_id => {
                depth += 1;
                "("
            }
            ")" if !wants_id => {
                depth = depth.checked_sub(1)?;
                ")"
            }
            word => {
                let known: &[&str] = if wants_id { &IDS } else { &["AND", "OR"] };
                wants_id = !wants_id;
                known.iter().find(|known| known.eq_ignore_ascii_case(word))?
            }
        };
        if !out.is_empty() && !out.ends_with('(') && word != ")" {
            out.push(' ');
        }
        out.push_str(word);
    }
    (!out.is_empty() && depth == 0 && !wants_id).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licences(metadata: &str) -> Vec<String> {
        let choices = declared(&Metadata::parse(metadata));
        choices
            .iter()
            .map(|choice| match choice {
                LicenceChoice::Expression { expression } => format!("expression {expression}"),
                LicenceChoice::Licence { license } => format!("{license:?}"),
            })
            .collect()
    }

    #[test]
    fn an_expression_stands_alone() {
        let text = "License-Expression: MPL-2.0 AND (Apache-2.0 OR MIT)\nClassifier: License :: OSI Approved :: X\n";
        assert_eq!(licences(text), ["expression MPL-2.0 AND (Apache-2.0 OR MIT)"]);
        assert_eq!(licences("License: mit or (apache-2.0 AND ISC)\n"), ["expression MIT OR (Apache-2.0 AND ISC)"]);
    }

    #[test]
    fn the_field_is_read_as_people_write_it() {
        assert_eq!(licences("License: Apache License, Version 2.0\n"), ["Id(\"Apache-2.0\")"]);
        assert_eq!(licences("License: 3-Clause BSD License\n"), ["Id(\"BSD-3-Clause\")"]);
        assert_eq!(licences("License: MIT License\n        \n        Copyright (c) 2022 A\n"), ["Id(\"MIT\")"]);
        let text = "License: GPLv2-or-later with a special exception which allows to use PyInstaller to build\n";
        assert_eq!(licences(text), ["expression GPL-2.0-or-later WITH Bootloader-exception"]);
    }

    #[test]
    fn classifiers_are_mapped_where_they_mean_one_licence() {
        let both = "License: MIT\nClassifier: License :: OSI Approved :: Apache Software License\n";
        assert_eq!(licences(both), ["Id(\"MIT\")", "Id(\"Apache-2.0\")"]);
        let vague = "License: BSD-3-Clause\nClassifier: License :: OSI Approved :: BSD License\n";
        assert_eq!(licences(vague), ["Id(\"BSD-3-Clause\")"]);
        assert_eq!(licences("Classifier: License :: OSI Approved :: BSD License\n"), ["Name(\"BSD License\")"]);
        assert_eq!(
            licences("Classifier: License :: Other/Proprietary License\n"),
            ["Name(\"Other/Proprietary License\")"]
        );
    }

    #[test]
    fn what_is_unknown_keeps_its_name() {
        assert_eq!(licences("License: Our own terms\n"), ["Name(\"Our own terms\")"]);
        assert_eq!(licences("License: MIT AND\n"), ["Name(\"MIT AND\")"]);
        assert_eq!(licences("License: (MIT\n"), ["Name(\"(MIT\")"]);
        assert_eq!(licences("License: UNKNOWN\n"), Vec::<String>::new());
    }

    #[test]
    fn tables_agree() {
        for (_, id) in PHRASES.iter().chain(&CLASSIFIERS) {
            assert!(IDS.contains(id), "{id}");
        }
    }
}
