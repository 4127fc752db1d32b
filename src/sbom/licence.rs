//! Licences that METADATA declares, as SPDX has them (PEP 639; before it the `License` field and Trove classifiers).
//!
//! The lists of licences and exceptions are those of the crate `spdx`. Its own search for imprecise names is not used: it
//! takes `BSD` and `GPL`, which name several licences, for one of them.
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use spdx::Expression;
use spdx::identifiers::{EXCEPTIONS, LICENSES};

use crate::cyclonedx::LicenceChoice;
use permafreeze_packaging::metadata::Metadata;

/// What neither an identifier nor a name of SPDX's list is, and yet means one licence: names of Trove classifiers, and what
/// people write into the `License` field.
const ALIASES: [(&str, &str); 9] = [
    ("Apache Software License", "Apache-2.0"),
    ("Apache Software License 2.0", "Apache-2.0"),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", "CC0-1.0"),
    ("Expat License", "MIT"),
    ("New BSD License", "BSD-3-Clause"),
    ("PSF License", "PSF-2.0"),
    ("Python Software Foundation License", "PSF-2.0"),
    ("Universal Permissive License (UPL)", "UPL-1.0"),
    ("zlib/libpng License", "Zlib"),
];

/// How PyInstaller's METADATA begins to say what SPDX calls so: its bootloader exception.
const PYINSTALLER: (&str, &str) =
    ("gplv2-or-later with a special exception", "GPL-2.0-or-later WITH Bootloader-exception");

const CLASSIFIER: &str = "License :: ";

/// Returns the licences that METADATA declares; an SPDX expression stands alone. What is no SPDX licence is given by name.
pub fn declared(metadata: &Metadata) -> Vec<LicenceChoice> {
    if let Some(text) = metadata.one("License-Expression") {
        let valid = expression(text);
        return vec![valid.map_or_else(|| LicenceChoice::name(text), |text| LicenceChoice::expression(&text))];
    }
    let field = metadata.one("License").and_then(|text| text.lines().map(str::trim).find(|line| !line.is_empty()));
    let mut found = Vec::new();
    match field.map(of_field) {
        Some(Some(spdx)) if spdx.contains(' ') => return vec![LicenceChoice::expression(&spdx)],
        Some(Some(id)) => found.push(LicenceChoice::id(&id)),
        _ => {}
    }
    for classifier in metadata.all("Classifier").filter_map(|classifier| classifier.strip_prefix(CLASSIFIER)) {
        let name = classifier.rsplit(" :: ").next().unwrap_or(classifier);
        let known = of_name(name).map(LicenceChoice::id);
        // A vague classifier (`BSD License`) adds nothing to a licence that is known.
        let choice = known.or_else(|| (field.is_none() && found.is_empty()).then(|| LicenceChoice::name(name)));
        found.extend(choice.filter(|choice| !found.contains(choice)));
    }
    if found.is_empty() {
        found.extend(field.map(|text| LicenceChoice::name(&text.chars().take(200).collect::<String>())));
    }
    found
}

/// Returns the SPDX identifier or expression that the `License` field's text is, if it is one.
fn of_field(text: &str) -> Option<String> {
    if text.to_lowercase().starts_with(PYINSTALLER.0) {
        return Some(PYINSTALLER.1.to_owned());
    }
    expression(text).or_else(|| of_name(text).map(str::to_owned))
}

/// Reads an SPDX expression (PEP 639: identifiers and operators in any case); returns it as SPDX spells it.
fn expression(text: &str) -> Option<String> {
    let spaced = text.replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().map(spelling).collect();
    let text = words.join(" ").replace("( ", "(").replace(" )", ")");
    Expression::parse(&text).ok().map(|_| text)
}

/// Returns a word of an expression as SPDX spells it; itself if SPDX does not know it.
fn spelling(word: &str) -> &str {
    let ids = LICENSES.iter().map(|licence| licence.name).chain(EXCEPTIONS.iter().map(|exception| exception.name));
    ["AND", "OR", "WITH"].into_iter().chain(ids).find(|known| known.eq_ignore_ascii_case(word)).unwrap_or(word)
}

/// Returns the identifier of the licence that a name means: `Apache License, Version 2.0`, `GPLv3+`, `3-Clause BSD`,
/// `Mozilla Public License 2.0 (MPL 2.0)`; `None` if it means none, or several.
fn of_name(name: &str) -> Option<&'static str> {
    let whole = key(name);
    // A name may end with its abbreviation in parentheses.
    let (full, short) = name.strip_suffix(')').and_then(|name| name.rsplit_once('(')).unwrap_or((name, ""));
    let find = |key: &Key| NAMES.get(key).copied().flatten();
    find(&whole).or_else(|| find(&key(short))).or_else(|| find(&key(full)))
}

/// The words that tell one licence from another, whatever their order.
type Key = BTreeSet<String>;

/// Every key, and the licence that it means; `None` if it means several.
static NAMES: LazyLock<HashMap<Key, Option<&'static str>>> = LazyLock::new(|| {
    let mut names = listed();
    names.extend(ALIASES.map(|(text, id)| (key(text), Some(id))));
    names
});

/// The keys of SPDX's list; an identifier outweighs another licence's name.
fn listed() -> HashMap<Key, Option<&'static str>> {
    let current = || LICENSES.iter().filter(|licence| licence.flags & spdx::flags::IS_DEPRECATED == 0);
    let mut names: HashMap<Key, Option<&'static str>> = HashMap::new();
    for licence in current() {
        let known = names.entry(key(licence.full_name)).or_insert(Some(licence.name));
        *known = known.filter(|known| *known == licence.name);
    }
    names.extend(current().map(|licence| (key(licence.name), Some(licence.name))));
    names
}

/// Words that tell no licence from another.
const COMMON: [&str; 8] = ["", "the", "version", "v", "license", "licence", "only", "or"];

/// Splits a name into words of letters and numbers: `GPLv3+` into `gpl`, `3`, `later`. A version is shortened (`2.0` is
/// `2`), `only` is what a version without `or later` means, and words that every name has are left out.
fn key(name: &str) -> Key {
    let lower = name.to_lowercase().replace('+', " later ");
    let mut words = Vec::new();
    for part in lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
        let mut rest = part;
        while !rest.is_empty() {
            let number = rest.starts_with(|c: char| c.is_ascii_digit());
            let end = rest.find(|c: char| if number { !c.is_ascii_digit() && c != '.' } else { c.is_ascii_digit() });
            let (word, tail) = rest.split_at(end.unwrap_or(rest.len()));
            // `gplv3`: the `v` belongs to the number.
            let word = if tail.is_empty() { word } else { word.strip_suffix('v').unwrap_or(word) };
            words.push(word.trim_matches('.').trim_end_matches(".0").to_owned());
            rest = tail;
        }
    }
    words.into_iter().filter(|word| !COMMON.contains(&word.as_str())).collect()
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
        assert_eq!(licences("License: MIT with changes\n"), ["Name(\"MIT with changes\")"]);
        assert_eq!(licences("License-Expression: MIT and friends\n"), ["Name(\"MIT and friends\")"]);
        for vague in ["BSD", "BSD License", "GPL", "LGPL", "Apache"] {
            assert_eq!(licences(&format!("License: {vague}\n")), [format!("Name({vague:?})")]);
        }
        assert_eq!(licences("License: UNKNOWN\n"), Vec::<String>::new());
    }

    /// What the `License` field of wheels says, and the classifiers that mean one licence.
    #[test]
    fn names_mean_one_licence() {
        let expected = [
            ("Apache-2.0", "apache 2; Apache 2.0 License; Apache License v2.0; apache-2; Apache2; ApacheV2"),
            ("Apache-2.0", "Apache Software License 2.0; Apache Software License; Apache License, Version 2.0"),
            ("BSD-3-Clause", "3-Clause BSD License; BSD 3-Clause; BSD-3-Clause License; New BSD; New BSD License"),
            ("BSD-2-Clause", "2-clause BSD license; BSD 2-Clause License; BSD-2-clause license"),
            ("MIT", "MIT License; MIT licence; The MIT License; Expat License; mit"),
            ("MIT-0", "MIT No Attribution License (MIT-0)"),
            ("ISC", "ISC license; ISC License (ISCL)"),
            ("GPL-2.0-only", "GNU General Public License v2 (GPLv2)"),
            ("GPL-2.0-or-later", "GNU General Public License v2 or later (GPLv2+); GPL v2+"),
            ("GPL-3.0-only", "GPLv3; GNU General Public License v3 (GPLv3)"),
            ("GPL-3.0-or-later", "GPLv3+; GNU General Public License v3 or later (GPLv3+)"),
            ("LGPL-2.0-only", "GNU Lesser General Public License v2 (LGPLv2)"),
            ("LGPL-2.0-or-later", "GNU Lesser General Public License v2 or later (LGPLv2+)"),
            ("LGPL-3.0-only", "LGPLv3; GNU Lesser General Public License v3 (LGPLv3)"),
            ("LGPL-3.0-or-later", "LGPLv3+; GNU Lesser General Public License v3 or later (LGPLv3+)"),
            ("AGPL-3.0-only", "GNU Affero General Public License v3"),
            ("AGPL-3.0-or-later", "GNU Affero General Public License v3 or later (AGPLv3+)"),
            ("MPL-1.1", "Mozilla Public License 1.1 (MPL 1.1)"),
            ("MPL-2.0", "MPL 2.0; Mozilla Public License 2.0; Mozilla Public License 2.0 (MPL 2.0)"),
            ("EPL-2.0", "Eclipse Public License 2.0 (EPL-2.0)"),
            ("EUPL-1.2", "European Union Public Licence 1.2 (EUPL 1.2)"),
            ("BSL-1.0", "Boost Software License 1.0 (BSL-1.0)"),
            ("CC0-1.0", "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication"),
            ("HPND", "Historical Permission Notice and Disclaimer (HPND)"),
            ("NCSA", "University of Illinois/NCSA Open Source License"),
            ("PostgreSQL", "PostgreSQL License"),
            ("PSF-2.0", "PSF license; Python Software Foundation License; PSF-2.0"),
            ("Unlicense", "The Unlicense (Unlicense); Public Domain (Unlicense)"),
            ("UPL-1.0", "Universal Permissive License (UPL)"),
            ("W3C", "W3C License"),
            ("Zlib", "zlib/libpng; zlib/libpng License; zlib License"),
        ];
        for (id, names) in expected {
            for name in names.split("; ") {
                assert_eq!(of_name(name), Some(id), "{name}");
            }
        }
    }

    #[test]
    fn an_alias_means_what_the_list_does_not_say() {
        let listed = listed();
        for (text, id) in ALIASES {
            assert!(spdx::license_id(id).is_some(), "{id}");
            assert_eq!(listed.get(&key(text)), None, "{text} needs no alias");
        }
    }
}
