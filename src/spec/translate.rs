//! One recording -> the executables that it makes, with their options.
use serde_json::Value;

use crate::context::Context;
use crate::finding::Findings;
use crate::project::Project;
use crate::recorded::{Object, Tape};
use crate::settings::{Executable, Setting};
use crate::value::{Kind, each, kind};
use crate::{analysis, executable, sources};

/// Translates a recording: an executable for each `EXE`.
pub(crate) fn translate(tape: &Tape, project: &Project<'_>, findings: &mut Findings) -> Vec<Executable> {
    let mut context = Context { tape, project, findings };
    let of_kind = |wanted: &'static str| move |(_, object): &(usize, &Object)| object.kind == wanted;
    let all = || tape.objects.iter().enumerate();
    let mut executables = Vec::new();
    for (number, exe) in all().filter(of_kind("EXE")) {
        let mut made = Executable::default();
        for (_, analysis) in all().filter(of_kind("Analysis")).filter(|(number, _)| runs(tape, exe, *number)) {
            analysis::translate(&mut context, analysis, &mut made);
        }
        executable::translate(&mut context, exe, &mut made);
        entries(&mut context, exe, &mut made);
        let collects =
            |object: &Object| of(tape, object).any(|value| matches!(kind(tape, value), Kind::Object(n) if n == number));
        for (_, collect) in all().filter(of_kind("COLLECT")).filter(|(_, object)| collects(object)) {
            made.set("mode", Setting::Text("onedir".to_owned()));
            entries(&mut context, collect, &mut made);
            executable::packed(&mut context, collect, &mut made);
        }
        executable::contents_folder(&mut context, exe, &made);
        executables.push(made);
    }
    executable::containers(&mut context);
    touched(&mut context);
    executables
}

/// Whether an executable runs the scripts of an Analysis.
fn runs(tape: &Tape, exe: &Object, analysis: usize) -> bool {
    of(tape, exe).any(|value| matches!(kind(tape, value), Kind::Collected(number, "scripts") if number == analysis))
}

/// Returns the positional arguments of an object, those in lists one by one.
fn of<'t>(_: &'t Tape, object: &'t Object) -> impl Iterator<Item = &'t Value> {
    object.positional.iter().flat_map(each)
}

/// Takes what a spec adds to what was collected: entries (name, path, type).
fn entries(context: &mut Context<'_>, object: &Object, made: &mut Executable) {
    for value in of(context.tape, object) {
        match kind(context.tape, value) {
            Kind::Found(call, part) => sources::found(context, call, part, "datas", made),
            Kind::List(entry) => entry_of(context, entry, object.line, made),
            _ => {}
        }
    }
}

fn entry_of(context: &mut Context<'_>, entry: &[Value], line: Option<usize>, made: &mut Executable) {
    let [Value::String(name), path, Value::String(typecode)] = entry else { return };
    let what = format!("`{typecode}` entry `{name}`");
    let line = context.line_of(name, line);
    match (typecode.as_str(), path) {
        ("OPTION", _) => {
            context.findings.lost(line, what, "options of the interpreter cannot be set");
        }
        ("DATA" | "BINARY", Value::String(path)) => {
            sources::added(context, path, &name.replace('\\', "/"), typecode == "BINARY", line, made);
        }
        _ => context.findings.lost(line, what, "entries of this type cannot be added"),
    }
}

/// Says what a spec does to lists that there are none of here.
fn touched(context: &mut Context<'_>) {
    for touched in &context.tape.touched {
        context.findings.lost(
            touched.line,
            format!("the list `{}` {}", touched.what, touched.how),
            "what is collected is no list here: modules, and with them their files, are left out by `exclude-modules`",
        );
    }
}
