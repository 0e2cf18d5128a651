//! Writes the first lines of a workload, and where each ends, for programs on microcontrollers:
//! `excerpt FOLDER` makes `w1`, `w2`, `w3` and `w1.ends`, .. of 32-bit numbers, low byte first.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs, io};

use qmt_benches::Workload;

/// A workload of so many lines.
type Load = fn(usize) -> Workload;

/// As many lines as fit a small flash.
const EXCERPTS: [(&str, Load, usize); 3] = [
    ("w1", Workload::w1, 60),
    ("w2", Workload::w2, 120),
    ("w3", Workload::w3, 12),
];

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: excerpt FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", Path::new(&folder).display());
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, load, lines) in EXCERPTS {
        let load = load(lines);
        let ends = load.ends.iter().map(|end| *end as u32);
        let ends: Vec<u8> = ends.flat_map(u32::to_le_bytes).collect();
        fs::write(folder.join(name), &load.bytes)?;
        fs::write(folder.join(name).with_extension("ends"), ends)?;
    }
    Ok(())
}
