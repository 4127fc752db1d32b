//! A poetry.lock whose URLs have a user, a password or a token in them: nothing that is made of it has them.
use crate::locked::lock;

const WHEEL: &str = "demo-1-py3-none-any.whl";
const SECRETS: [&str; 3] = ["mallory", "hunter2", "t0ken"];

fn sources() -> [(&'static str, String); 2] {
    [
        ("legacy", "https://mallory:hunter2@index.example/simple".to_owned()),
        ("url", format!("https://mallory:hunter2@files.example/{WHEEL}?token=t0ken")),
    ]
}

#[test]
fn lock_leaves_them_out_and_says_where_they_belong() {
    for (kind, url) in sources() {
        let files = format!("{{file = \"{WHEEL}\", hash = \"sha256:{}\"}}", "0".repeat(64));
        let project =
            lock(&files, &format!("[package.source]\ntype = \"{kind}\"\nurl = \"{url}\"\nreference = \"x\"\n"));
        let plan = project.plan.expect("a plan");
        assert!(plan.contains(".example/"), "{plan}");
        let said = "warning: `poetry.lock`, line 10: a URL has credentials";
        assert!(project.stderr.contains(said) && project.stderr.contains("~/.netrc"), "{}", project.stderr);
        for secret in SECRETS {
            assert!(!plan.contains(secret) && !project.stderr.contains(secret), "{plan}{}", project.stderr);
        }
    }
}

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn nothing_that_is_built_has_them() {
    use crate::project::{Project, Wheel};
    let host = format!("host-{}.example", std::process::id());
    let wheel = Wheel::new("demo", "1.0", &[("demo.py", "")]);
    let project = Project::new(&[("main.py", "import demo\n")], std::slice::from_ref(&wheel));
    let lock = std::fs::read_to_string(project.path().join("poetry.lock")).expect("is there");
    let url = format!("https://mallory:hunter2@{host}/{}?token=t0ken", wheel.file);
    let source = format!("]\n\n[package.source]\ntype = \"url\"\nurl = \"{url}\"\n\n[metadata]\n");
    project.write("poetry.lock", &lock.replace("]\n\n[metadata]\n", &source));
    let built = project.permafreeze(&["build", "-v"]).success();
    let sbom = project.permafreeze(&["sbom"]).success();
    let provenance = project.permafreeze(&["sbom", "--provenance"]).success();
    let report = project.permafreeze(&["report"]).success();
    let plan = std::fs::read_to_string(project.path().join("permafreeze.lock")).expect("a plan");
    assert!(plan.contains(&host), "{plan}");
    let mut made: Vec<String> = [built, sbom, provenance, report].map(|it| it.stdout + &it.stderr).into();
    made.push(plan);
    let derivations = derivations_with(&host);
    assert!(!derivations.is_empty(), "no derivation has the URL");
    let output = std::fs::read_link(project.path().join("dist/.hello-linux-amd64")).expect("a link to the store");
    made.extend(derivations.into_iter().chain(texts_below(&output)));
    for text in made {
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} is in: {text}");
        }
    }
}

/// Returns the derivations in the store that have a text.
fn derivations_with(text: &str) -> Vec<String> {
    let store = std::fs::read_dir("/nix/store").expect("a store").flatten().map(|entry| entry.path());
    let derivations = store.filter(|path| path.extension().is_some_and(|end| end == "drv"));
    derivations.filter_map(|path| std::fs::read_to_string(path).ok()).filter(|found| found.contains(text)).collect()
}

/// Returns the contents of all files below a folder, as text where they are.
fn texts_below(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let texts = entries.map(|path| match path.is_dir() {
        true => texts_below(&path),
        false => vec![String::from_utf8_lossy(&std::fs::read(path).expect("a file")).into_owned()],
    });
    texts.flatten().collect()
}
