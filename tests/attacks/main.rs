//! What somebody attempts, a file for each, named after the attempt.
#[path = "../support/fetching.rs"]
mod fetching;
#[path = "../support/locked.rs"]
mod locked;
#[path = "../support/project.rs"]
mod project;
#[path = "../support/server.rs"]
mod server;

mod byte_per_second;
mod credentials_in_url;
mod endless_file;
mod endless_page;
mod environment_of_the_executable;
mod evil_cache;
mod gzip_bomb_page;
mod local_file_link;
mod nix_code_in_options;
mod no_sandbox;
mod page_of_a_million_links;
mod path_as_file_name;
mod poisoned_plan;
mod redirect_to_local_file;
mod wheel_hook;
mod wheel_in_place_of_pyinstaller;
mod wrong_length;
