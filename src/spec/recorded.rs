//! The recording of a spec, as `nix/spec/main.py` writes it.
use std::collections::BTreeMap;

use permafreeze_packaging::target::Target;
use serde::Deserialize;
use serde_json::Value;

/// What was recorded, by target.
#[derive(Debug, Clone, Deserialize)]
pub struct Recorded {
    /// What each target saw.
    pub targets: BTreeMap<Target, Outcome>,
}

/// What became of one evaluation.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// The spec failed.
    Error(FaultOf),
    /// It did not.
    Recorded(Tape),
}

/// The object that a fault is in.
#[derive(Debug, Clone, Deserialize)]
pub struct FaultOf {
    /// The fault.
    pub error: Fault,
}

/// Why a spec failed.
#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    /// What kind it is: `syntax`, `raises`, `file`, `network`, `program`, `environment`, `ended`.
    pub kind: String,
    /// The line of the spec, if it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub text: String,
    /// The variables of the environment that it asked for in vain.
    pub unset: Vec<String>,
}

/// What a spec did, in order.
#[derive(Debug, Clone, Deserialize)]
pub struct Tape {
    /// The folder that its paths are relative to, in the project; empty for the project's.
    pub folder: String,
    /// The folder that the project was in.
    pub root: String,
    /// The folder that packages seemed to be in.
    pub packages: String,
    /// The first line of each text of the spec.
    pub lines: BTreeMap<String, usize>,
    /// The objects that it made.
    pub objects: Vec<Object>,
    /// The functions that it called.
    pub calls: Vec<Call>,
    /// What it did to the lists of an `Analysis`.
    pub touched: Vec<Touched>,
}

/// An object of PyInstaller's.
#[derive(Debug, Clone, Deserialize)]
pub struct Object {
    /// Its class.
    pub kind: String,
    /// The line of the call that made it.
    pub line: Option<usize>,
    /// Positional arguments.
    pub positional: Vec<Value>,
    /// Named arguments.
    pub keywords: BTreeMap<String, Argument>,
}

/// A named argument.
#[derive(Debug, Clone, Deserialize)]
pub struct Argument {
    /// Its line.
    pub line: Option<usize>,
    /// Its value.
    pub value: Value,
}

/// The call of a function that finds files or modules.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// The function.
    pub name: String,
    /// Its line.
    pub line: Option<usize>,
    /// Positional arguments.
    pub arguments: Vec<Value>,
    /// Named arguments.
    pub keywords: BTreeMap<String, Value>,
}

/// What a spec did to a list of an `Analysis`.
#[derive(Debug, Clone, Deserialize)]
pub struct Touched {
    /// The list.
    pub what: String,
    /// What was done.
    pub how: String,
    /// The line.
    pub line: Option<usize>,
}
