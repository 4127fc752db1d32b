//! Compares our table of manylinux policies with auditwheel's: `policies MANYLINUX-POLICY.JSON`. Prints `N passed, N
//! failed`: one for each symbol version and library that any policy knows, under each policy.
use std::collections::BTreeSet;
use std::process::ExitCode;

use permafreeze_packaging::manylinux::{Demand, Version, demand, has_library};
use permafreeze_packaging::platform::Architecture;
use serde_json::Value;

use crate::Outcome;

/// Families that our table has. glibc's own versions are compared by number: auditwheel lists those that have symbols.
const FAMILIES: [&str; 5] = ["CXXABI", "GCC", "GLIBCXX", "LIBATOMIC", "ZLIB"];

/// Runs the tool.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let [path] = arguments else { return Err("usage: policies MANYLINUX-POLICY.JSON".into()) };
    let json: Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let policies: Vec<(Version, &Value)> = json
        .as_array()
        .ok_or("the policies are no list")?
        .iter()
        .filter_map(|policy| {
            let (major, minor) = policy["name"].as_str()?.strip_prefix("manylinux_")?.split_once('_')?;
            Some((format!("{major}.{minor}").parse().ok()?, policy))
        })
        .collect();
    let (mut passed, mut failed) = (0, 0);
    let mut expect = |ours: bool, theirs: bool, what: String| {
        if ours == theirs {
            passed += 1;
        } else {
            failed += 1;
            println!("{what}: auditwheel says {theirs}, our table says {ours}");
        }
    };
    let libraries: BTreeSet<&str> = policies.iter().flat_map(|(_, policy)| texts(&policy["lib_whitelist"])).collect();
    for (glibc, policy) in &policies {
        for library in &libraries {
            let theirs = texts(&policy["lib_whitelist"]).contains(library);
            expect(has_library(glibc, library), theirs, format!("{library} with glibc {glibc}"));
        }
        for architecture in [Architecture::Amd64, Architecture::Arm64] {
            let machine = architecture.machine();
            // The oldest policies are not for every machine.
            if policy["symbol_versions"][machine].is_null() {
                continue;
            }
            for family in FAMILIES {
                let known = |policy: &'_ Value| {
                    texts(&policy["symbol_versions"][machine][family])
                        .into_iter()
                        .map(str::to_owned)
                        .collect::<BTreeSet<_>>()
                };
                let every: BTreeSet<String> = policies.iter().flat_map(|(_, policy)| known(policy)).collect();
                let theirs = known(policy);
                for version in every {
                    let name = format!("{family}_{version}");
                    let ours = match demand(&name, glibc, architecture) {
                        Demand::Newest(found, allowed) => found <= allowed,
                        Demand::Met => true,
                        Demand::Glibc(_) | Demand::Unknown => false,
                    };
                    expect(ours, theirs.contains(&version), format!("{name} with glibc {glibc} on {machine}"));
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 && passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
