//! `asgrad man`: the manual page.

use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::Man;

use crate::args::program;
use crate::failure::Failure;
use crate::output::{print, refuse_file};

pub(crate) fn main(folder: Option<&Path>) -> Result<(), Failure> {
    let mut program = program().disable_help_subcommand(true);
    program.build();
    let program = program.mut_subcommands(in_short);
    let Some(folder) = folder else {
        return print(&whole(&program).map_err(Failure::failed)?);
    };
    refuse_file("--out", folder)?;
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(program, folder));
    written.map_err(|error| Failure::failed(format!("--out {}: {error}", folder.display())))
}

/// With a synopsis of one line: dozens of options follow below.
fn in_short(mut command: Command) -> Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    command.override_usage(usage)
}

/// One page of the program and all its commands. What holds for every command stands at its end.
fn whole(program: &Command) -> io::Result<String> {
    let mut page = Vec::new();
    let man = Man::new(program.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    for command in program.get_subcommands() {
        let title = format!(".SH ASGRAD {}\n", command.get_name().to_uppercase());
        page.extend(title.bytes());
        page.extend(part(command)?.bytes());
    }
    man.render_extra_section(&mut page)?;
    man.render_version_section(&mut page)?;
    let page = String::from_utf8_lossy(&page);
    Ok(page.replace(".SH EXTRA", ".SH NOTES"))
}

/// What the page says of one command, one level below.
fn part(command: &Command) -> io::Result<String> {
    let man = Man::new(command.clone().after_long_help(None));
    let mut text = Vec::new();
    man.render_description_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_options_section(&mut text)?;
    man.render_extra_section(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.replace(".SH EXTRA\n", ".PP\n").replace(".SH ", ".SS "))
}
