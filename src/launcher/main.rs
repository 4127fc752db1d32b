//! `permafreeze-launcher`: see the library. Takes no options: all of them are the application's.
#![allow(clippy::print_stderr)]

#[cfg(target_os = "linux")]
fn main() {
    let code = permafreeze_launcher::run(&|line| eprintln!("permafreeze: {line}")).unwrap_or_else(|error| {
        eprintln!("error: {error}");
        if let Some(hint) = error.hint() {
            eprintln!("hint: {hint}");
        }
        permafreeze_launcher::FAILED
    });
    std::process::exit(code);
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("error: there is no launcher for this system");
    std::process::exit(255);
}
