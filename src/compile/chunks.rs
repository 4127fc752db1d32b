//! Which modules of an object share a frame.
//!
//! A bundle takes a frame as it is if all its modules are linked, else what is wanted of it is encoded again. So modules
//! share a frame that are linked together: what a module imports is linked with it. Measured on the 111 wheels of a program
//! of 8 977 modules (66.8 MB of code are linked, 79.3 MB are in the wheels): 16.9 MB if each wheel is cut into 4 MiB as it
//! comes, and 54 MB of code encoded again; 17.4 MB by imports, and 5 MB again.
//!
//! Only sizes depend on this: an import that is missed or misread costs some bytes.
use std::collections::HashMap;

use permafreeze_object::format::{BASE_MODULES, Import, Module};

/// Groups of at least this many bytes have frames of their own.
const ALONE: usize = 32 << 10;
/// The most bytes of smaller groups in one frame. Any of them may be linked or not.
const MIXED: usize = 32 << 10;
/// The most bytes of a frame of the standard library: some of its modules are for other systems, and never linked.
const STANDARD: usize = 1 << 20;

/// A module whose code is stored.
pub(crate) struct Code<'c> {
    /// Its path below site-packages or the standard library.
    pub path: &'c str,
    /// Length in bytes of its stream.
    pub size: usize,
    /// What it imports.
    pub module: &'c Module,
}

/// Returns the modules of each frame of at most `size` bytes, as numbers.
pub(crate) fn chunks(modules: &[Code<'_>], size: usize) -> Vec<Vec<usize>> {
    let names: Vec<Name> = modules.iter().map(|code| Name::of(code.path)).collect();
    let graph = Graph::new(&names, modules);
    let is_standard = names.iter().any(|name| name.dotted == "_collections_abc");
    let most = if is_standard { STANDARD } else { size };
    let (mut chunks, mut small) = (Vec::new(), Vec::new());
    for group in graph.groups(&names, is_standard) {
        let size: usize = group.iter().map(|module| modules[*module].size).sum();
        if size >= ALONE {
            chunks.extend(cut(group.into_iter().map(|module| vec![module]), modules, most));
        } else {
            small.push(group);
        }
    }
    small.sort_by_key(|group| group.first().copied());
    chunks.extend(cut(small, modules, MIXED));
    chunks
}

/// Puts groups into chunks, in their order, as many as `most` bytes take.
fn cut(groups: impl IntoIterator<Item = Vec<usize>>, modules: &[Code<'_>], most: usize) -> Vec<Vec<usize>> {
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    let mut used = 0;
    for group in groups {
        let size: usize = group.iter().map(|module| modules[*module].size).sum();
        match chunks.last_mut().filter(|_| used + size <= most) {
            Some(chunk) => chunk.extend(group),
            None => {
                chunks.push(group);
                used = 0;
            }
        }
        used += size;
    }
    chunks
}

/// A module's dotted name.
struct Name {
    dotted: String,
    is_package: bool,
}

impl Name {
    fn of(path: &str) -> Name {
        let stem = path.strip_suffix(".py").unwrap_or(path);
        let package = stem.strip_suffix("/__init__");
        Name { dotted: package.unwrap_or(stem).replace('/', "."), is_package: package.is_some() }
    }

    /// Returns the absolute name of what an import says.
    fn absolute(&self, import: &Import) -> String {
        let mut base = self.dotted.as_str();
        for _ in u32::from(self.is_package)..import.level {
            base = parent(base);
        }
        match (import.level, base) {
            (0, _) | (_, "") => import.name.clone(),
            _ if import.name.is_empty() => base.to_owned(),
            _ => format!("{base}.{}", import.name),
        }
    }
}

fn parent(dotted: &str) -> &str {
    dotted.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Which modules of an object are linked with each, as rows of bits.
struct Graph {
    rows: Vec<Vec<u64>>,
}

impl Graph {
    fn new(names: &[Name], modules: &[Code<'_>]) -> Graph {
        let known: HashMap<&str, usize> =
            names.iter().enumerate().map(|(number, name)| (name.dotted.as_str(), number)).collect();
        let edges: Vec<Vec<usize>> = names
            .iter()
            .zip(modules)
            .map(|(name, code)| {
                let mut edges = Vec::new();
                add(parent(&name.dotted), &known, &mut edges);
                for import in code.module.imports.iter().chain(&code.module.hints.imports) {
                    let base = name.absolute(import);
                    add(&base, &known, &mut edges);
                    for member in import.from.iter().flatten() {
                        edges.extend(known.get(format!("{base}.{member}").as_str()));
                    }
                }
                edges.sort_unstable();
                edges.dedup();
                edges
            })
            .collect();
        let mut rows = vec![vec![0; names.len().div_ceil(64)]; names.len()];
        for (number, row) in rows.iter_mut().enumerate() {
            row[number / 64] |= 1 << (number % 64);
        }
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for number in (0..names.len()).rev() {
                is_changed |= reach(&mut rows, number, &edges[number]);
            }
        }
        Graph { rows }
    }

    /// Returns the modules of a row.
    fn linked_with(&self, module: usize) -> impl Iterator<Item = usize> {
        let words = self.rows[module].iter().enumerate();
        words.flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
    }

    /// Returns groups of modules, each in order: what is linked with the module that most others need, then of what is
    /// left. Base modules of the standard library are a group of their own.
    fn groups(&self, names: &[Name], is_standard: bool) -> Vec<Vec<usize>> {
        let mut users = vec![0usize; names.len()];
        (0..names.len()).flat_map(|module| self.linked_with(module)).for_each(|module| users[module] += 1);
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by_key(|module| (std::cmp::Reverse(users[*module]), *module));
        let mut is_free = vec![true; names.len()];
        let mut groups = Vec::new();
        if is_standard {
            let base: Vec<usize> = (0..names.len()).filter(|module| is_base(&names[*module].dotted)).collect();
            base.iter().for_each(|module| is_free[*module] = false);
            groups.push(base);
        }
        for module in order {
            if is_free[module] {
                let group: Vec<usize> = self.linked_with(module).filter(|module| is_free[*module]).collect();
                group.iter().for_each(|module| is_free[*module] = false);
                groups.push(group);
            }
        }
        groups
    }
}

fn is_base(dotted: &str) -> bool {
    BASE_MODULES.contains(&dotted) || BASE_MODULES.contains(&dotted.split('.').next().unwrap_or(dotted))
}

/// Adds a module, if it is one, and the packages that it is in.
fn add(dotted: &str, known: &HashMap<&str, usize>, edges: &mut Vec<usize>) {
    let mut dotted = dotted;
    while !dotted.is_empty() {
        edges.extend(known.get(dotted));
        dotted = parent(dotted);
    }
}

/// Adds to a row those of its edges; tells whether that changes it.
fn reach(rows: &mut [Vec<u64>], module: usize, edges: &[usize]) -> bool {
    let mut row = std::mem::take(&mut rows[module]);
    let mut changed = false;
    for other in edges.iter().filter(|other| **other != module) {
        for (word, other) in row.iter_mut().zip(&rows[*other]) {
            changed |= *word | other != *word;
            *word |= other;
        }
    }
    rows[module] = row;
    changed
}

#[cfg(test)]
mod tests {
    use permafreeze_object::frames::SIZE;

    use super::*;

    fn module(imports: &[(&str, u32, &[&str])]) -> Module {
        let from = |names: &[&str]| (!names.is_empty()).then(|| names.iter().map(|name| (*name).to_owned()).collect());
        let import = |(name, level, names): &(&str, u32, &[&str])| Import {
            name: (*name).to_owned(),
            level: *level,
            from: from(names),
        };
        Module { imports: imports.iter().map(import).collect(), ..Module::default() }
    }

    fn paths(modules: &[(&str, usize, Module)]) -> Vec<Vec<String>> {
        let codes: Vec<Code<'_>> =
            modules.iter().map(|(path, size, module)| Code { path, size: *size, module }).collect();
        let chunks = chunks(&codes, SIZE);
        let mut all: Vec<usize> = chunks.iter().flatten().copied().collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..modules.len()), "each module is in one chunk");
        chunks.iter().map(|chunk| chunk.iter().map(|number| modules[*number].0.to_owned()).collect()).collect()
    }

    #[test]
    fn what_is_imported_is_with_its_importer() {
        let modules = [
            ("p/__init__.py", ALONE, module(&[("a", 1, &["x"]), ("", 1, &["b"]), ("os", 0, &[])])),
            ("p/a.py", 1, module(&[("p.sub.c", 0, &[])])),
            ("p/b.py", 1, module(&[])),
            ("p/sub/__init__.py", 1, module(&[])),
            ("p/sub/c.py", 1, module(&[("d", 1, &[])])),
            ("p/sub/d.py", 1, module(&[("", 2, &["__version__"])])),
            ("p/testing.py", ALONE, module(&[("p", 0, &["a"])])),
            ("p/tests/t.py", 1, module(&[("testing", 2, &[])])),
        ];
        let core = ["p/__init__.py", "p/a.py", "p/b.py", "p/sub/__init__.py", "p/sub/c.py", "p/sub/d.py"];
        assert_eq!(paths(&modules), [&core[..], &["p/testing.py"], &["p/tests/t.py"]]);
    }

    #[test]
    fn small_groups_share_frames_and_large_ones_are_cut() {
        let modules = [
            ("a.py", 10, module(&[])),
            ("b.py", SIZE - 5, module(&[("c", 0, &[])])),
            ("c.py", 6, module(&[("b", 0, &[])])),
            ("d.py", MIXED - 10, module(&[])),
            ("e.py", 1, module(&[])),
        ];
        assert_eq!(paths(&modules), [vec!["b.py"], vec!["c.py"], vec!["a.py", "d.py"], vec!["e.py"]]);
    }

    #[test]
    fn the_standard_library_has_modules_in_no_pyz() {
        let modules = [
            ("_collections_abc.py", ALONE, module(&[])),
            ("argparse.py", STANDARD, module(&[("os", 0, &[])])),
            ("encodings/utf_8.py", 1, module(&[("argparse", 0, &[])])),
            ("os.py", 1, module(&[("argparse", 0, &[])])),
        ];
        let base = vec!["_collections_abc.py", "encodings/utf_8.py", "os.py"];
        assert_eq!(paths(&modules), [base, vec!["argparse.py"]]);
    }

    #[test]
    fn nothing_is_no_chunk() {
        assert_eq!(paths(&[]), Vec::<Vec<String>>::new());
    }
}
