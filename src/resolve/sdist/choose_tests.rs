use permafreeze_packaging::target::Target;

use super::*;

/// An index in memory: file name -> its requirements.
struct Memory(Vec<(&'static str, &'static [&'static str])>);

impl Index for Memory {
    type Error = String;

    fn offers(&self, project: &Name) -> Result<Vec<Offer>, String> {
        let offer = |file: &str| Offer {
            file: file.trim_end_matches('!').to_owned(),
            sha256: "00".to_owned(),
            size: None,
            requires_python: file.contains("old").then(|| "<3".to_owned()),
            yanked: file.ends_with('!'),
        };
        let own = |file: &&str| file.split('-').next().map(Name::new).as_ref() == Some(project);
        let offers: Vec<Offer> = self.0.iter().map(|(file, _)| *file).filter(own).map(offer).collect();
        if offers.is_empty() { Err(format!("no project {project}")) } else { Ok(offers) }
    }

    fn requires(&self, file: &str, _: &PinnedFile) -> Result<Vec<String>, String> {
        let found = self.0.iter().find(|(name, _)| *name == file).expect("only what was offered");
        Ok(found.1.iter().map(|text| (*text).to_owned()).collect())
    }
}

fn choose(index: &Memory, requires: &[&str], locked: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let python = Version::new([3, 13, 5]);
    let locked = locked.iter().map(|(file, version)| {
        let name = Name::new(file.split('-').next().unwrap_or_default());
        let pinned = PinnedFile {
            package: name.to_string(),
            version: (*version).to_owned(),
            sha256: "11".to_owned(),
            size: None,
            url: None,
            index: None,
            path: None,
            git: None,
        };
        (name, ((*file).to_owned(), pinned))
    });
    let environment = Environment::cpython(&python, Target::LinuxAmd64.platform());
    let chooser = Chooser { index, locked: &locked.collect(), environment: &environment, python: &python };
    let requires: Vec<String> = requires.iter().map(|text| (*text).to_owned()).collect();
    chooser.choose("x-1.tar.gz", &requires).map(|files| files.into_keys().collect()).map_err(|stop| match stop {
        Stop::Index(error) => error,
        Stop::Problem(problem) => problem.to_string(),
    })
}

#[test]
fn the_newest_pure_wheel_for_this_python_is_taken() {
    let index = Memory(vec![
        ("a-1-py3-none-any.whl", &[]),
        ("a-2-py3-none-any.whl", &[]),
        ("a-3-cp313-cp313-linux_x86_64.whl", &[]),
        ("a-4-py3-none-any.whl!", &[]),
        ("a-5rc1-py3-none-any.whl", &[]),
        ("a-6.tar.gz", &[]),
        ("a-7-old-py3-none-any.whl", &[]),
    ]);
    assert_eq!(choose(&index, &["A"], &[]).unwrap(), ["a-2-py3-none-any.whl"]);
    assert_eq!(choose(&index, &["a<2"], &[]).unwrap(), ["a-1-py3-none-any.whl"]);
    assert_eq!(
        choose(&index, &["a>2"], &[]).unwrap(),
        ["a-5rc1-py3-none-any.whl"],
        "a pre-release, if nothing else does"
    );
}

#[test]
fn requirements_are_followed_and_narrow_the_choice() {
    let index = Memory(vec![
        ("backend-1-py3-none-any.whl", &["tool[fast]>=1", "other; sys_platform == 'win32'"]),
        ("tool-1-py3-none-any.whl", &["speed; extra == 'fast'", "helper<2"]),
        ("helper-1-py3-none-any.whl", &[]),
        ("helper-2-py3-none-any.whl", &["only-of-2"]),
        ("speed-1-py3-none-any.whl", &[]),
    ]);
    assert_eq!(
        choose(&index, &["helper", "backend"], &[]).unwrap(),
        [
            "backend-1-py3-none-any.whl",
            "helper-1-py3-none-any.whl",
            "speed-1-py3-none-any.whl",
            "tool-1-py3-none-any.whl",
        ]
    );
}

#[test]
fn the_locked_version_is_taken_if_it_does() {
    let index = Memory(vec![("a-1-py3-none-any.whl", &[]), ("a-2-py3-none-any.whl", &[])]);
    let locked = [("a-1-py3-none-any.whl", "1")];
    assert_eq!(choose(&index, &["a"], &locked).unwrap(), ["a-1-py3-none-any.whl"]);
    assert_eq!(choose(&index, &["a>1"], &locked).unwrap(), ["a-2-py3-none-any.whl"]);
}

#[test]
fn what_cannot_be_met_is_said() {
    let index = Memory(vec![("a-1-py3-none-any.whl", &["b<1"]), ("b-1-py3-none-any.whl", &[])]);
    assert_eq!(
        choose(&index, &["a"], &[]).unwrap_err(),
        "no pure wheel of `b` meets `<1`, which `a-1-py3-none-any.whl` requires"
    );
    assert_eq!(choose(&index, &["c"], &[]).unwrap_err(), "no project c");
    assert_eq!(
        choose(&index, &["c @ https://x.example/c.whl"], &[]).unwrap_err(),
        "`c @ https://x.example/c.whl`, which `x-1.tar.gz` requires for a build, is no requirement that an index can meet"
    );
}
