//! What is said of handmade PE files.
#[allow(dead_code)]
#[path = "../../object/tests/support/native.rs"]
mod support;

use permafreeze_object::native::facts;
use permafreeze_packaging::target::Target;
use permafreeze_plan::plan::Policy;

use super::super::LeakPatterns;
use super::*;

/// Offsets of the machine, of the protection's flags and of the names of `support::pe`.
const MACHINE: usize = 68;
const FLAGS: usize = 88 + 70;
const IMPORT: usize = support::RAW + 0x80;
const DELAYED: usize = support::RAW + 0xe0;

/// Audits one file; returns findings and notes as text.
fn audited(name: &str, policy: &Policy, change: impl FnOnce(&mut Vec<u8>)) -> (Vec<String>, Vec<String>) {
    let mut bytes = support::pe();
    change(&mut bytes);
    let native = facts(&bytes).unwrap().unwrap();
    let file = NativeFile { name: name.to_owned(), owner: None, binary: name != "data", native, signature: None };
    let needles = LeakPatterns::default();
    let rules = Rules { target: Target::WindowsAmd64, policy, oldest: None, needles: &needles };
    let mut audit = Audit::new(rules.target);
    check(&[file], &BundledLibraries::default(), &rules, &mut audit);
    let problems = |list: Vec<crate::finding::Finding>| list.into_iter().map(|finding| finding.problem).collect();
    (problems(audit.findings), problems(audit.notes))
}

fn flags(value: u16) -> impl FnOnce(&mut Vec<u8>) {
    move |bytes| bytes[FLAGS..FLAGS + 2].copy_from_slice(&value.to_le_bytes())
}

#[test]
fn what_is_imported_must_be_there_and_what_may_be_is_told() {
    let policy = Policy::default();
    let (findings, notes) = audited("x.pyd", &policy, |_| {});
    assert_eq!(findings, [""; 0]);
    assert_eq!(notes, ["may need `wbem.dll`, which is neither in the executable nor of the system"]);
    let other = |bytes: &mut Vec<u8>| bytes[IMPORT..IMPORT + 12].copy_from_slice(b"msvcp140.dll");
    let (findings, _) = audited("x.pyd", &policy, other);
    assert_eq!(findings, ["needs `msvcp140.dll`, which is neither in the executable nor of the system"]);
    let allowed = Policy { libraries: vec!["MSVCP140.dll".to_owned()], ..Policy::default() };
    assert_eq!(audited("x.pyd", &allowed, other).0, [""; 0]);
    let system = |bytes: &mut Vec<u8>| bytes[DELAYED..DELAYED + 8].copy_from_slice(b"mpr.dll\0");
    assert_eq!(audited("x.pyd", &policy, system), (Vec::new(), Vec::new()));
}

#[test]
fn the_program_itself_must_be_protected() {
    let policy = Policy::default();
    let aslr = "is loaded to the same address each time (no ASLR: `DYNAMIC_BASE`)";
    let dep = "lets the program run data (no DEP: `NX_COMPAT`)";
    let guard = "does not check where calls lead (no Control Flow Guard: `GUARD_CF`)";
    let known = "may need `wbem.dll`, which is neither in the executable nor of the system";
    let as_text = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(audited(BOOTLOADER, &policy, flags(0xc160)), (Vec::new(), as_text(&[known])));
    assert_eq!(audited(BOOTLOADER, &policy, flags(0x8160)), (Vec::new(), as_text(&[guard, known])));
    assert_eq!(audited(BOOTLOADER, &policy, flags(0xc100)).0, [aslr]);
    assert_eq!(audited(BOOTLOADER, &policy, flags(0xc040)).0, [dep]);
    assert_eq!(audited("x.pyd", &policy, flags(0)), (Vec::new(), as_text(&[aslr, dep, known])));
}

#[test]
fn files_for_another_machine() {
    let policy = Policy::default();
    let arm64 = |bytes: &mut Vec<u8>| bytes[MACHINE..MACHINE + 2].copy_from_slice(&[0x64, 0xaa]);
    let problem = "is Pe for `arm64`, the target is `windows-amd64`";
    assert_eq!(audited("x.pyd", &policy, arm64), (vec![problem.to_owned()], Vec::new()));
    assert_eq!(audited("data", &policy, arm64), (Vec::new(), vec![problem.to_owned()]));
}
