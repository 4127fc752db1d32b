//! What somebody attempts, a file for each, named after the attempt.
#[path = "../support/fetching.rs"]
mod fetching;
#[path = "../support/locked.rs"]
mod locked;
#[path = "../support/macho.rs"]
mod macho;
#[path = "../support/project.rs"]
mod project;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/stub_nix.rs"]
mod stub_nix;

mod byte_per_second;
mod closed_pipe;
mod credentials_in_url;
mod endless_evaluation;
mod endless_file;
mod endless_glob;
mod endless_import;
mod endless_page;
mod environment_of_the_executable;
mod escape_sequences;
mod evil_cache;
mod folder_named_as_parameter;
mod forged_hint;
mod git_repository_runs_code;
mod gzip_bomb_page;
mod killed_command;
mod library_of_another_folder;
mod local_file_link;
mod names_that_windows_reads_otherwise;
mod nix_code_in_options;
mod no_sandbox;
mod page_of_a_million_links;
mod path_as_file_name;
mod pipe_in_the_folder;
mod planted_flake;
mod planted_project;
mod planted_toolchain;
mod poisoned_plan;
mod redirect_to_local_file;
mod untracked_flake;
mod wheel_hook;
mod wheel_in_place_of_pyinstaller;
mod wrong_length;
