//! Text of a project that is code to Nix: it stays text.
use crate::project::Project;

const MAIN: &str = "import pathlib, sys\nprint(*sorted(p.name for p in pathlib.Path(sys._MEIPASS, 'odd').iterdir()))\n";
const FILE: &str = "''${builtins.abort \"evaluated\"}${x}.txt";

#[test]
#[ignore = "needs Nix and the toolchain: `make test STEP=integration`"]
fn names_and_options_are_never_evaluated() {
    let files = [("main.py", MAIN), (&*format!("odd/{FILE}"), "text\n")];
    let options = r#"datas = [{ from = "odd", to = "odd" }]
smoke = [["${builtins.abort \"evaluated\"}", "''${x}"]]
"#;
    let project = Project::with_options(&files, &[], options);
    project.permafreeze(&["build"]).success();
    assert_eq!(project.run(&[]).success().stdout, format!("{FILE}\n"));
}
