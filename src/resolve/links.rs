//! Symbolic links in packages that lead out of them, as to the README of the repository: a wheel has what they lead to, and so
//! has the plan. What is built sees of a project what the plan names, so that such a link would lead nowhere.
use permafreeze_base::glob::matches;
use permafreeze_base::path::join;
use permafreeze_plan::plan::SourceContent;

use crate::tree::{Link, Tree, below};

/// Takes what links of the contents lead to, in their place; `folder` is the source tree. A link to a folder that it lies in
/// itself stays, and the build refuses it.
pub fn follow(tree: &dyn Tree, folder: &str, contents: &mut Vec<SourceContent>) {
    let mut at = 0;
    while let Some(content) = contents.get(at).cloned() {
        let leads_out = |link: &Link| below(&content.from, &link.target).is_none();
        let is_inside_itself = |link: &Link| below(&link.target, &join(&content.from, &link.at)).is_some();
        // Nothing leads out of the whole tree.
        let all = if content.from == "." { Vec::new() } else { tree.links(folder, &content.from) };
        let links = all.into_iter().filter(|link| is_wanted(&content, &link.at));
        let mut links = links.filter(|link| leads_out(link) && !is_inside_itself(link)).peekable();
        // It is looked at once more, where it really is.
        if let Some(own) = links.next_if(|link| link.at == ".") {
            contents[at].from = own.target;
            continue;
        }
        for link in links {
            contents[at].exclude.push(link.at.clone());
            contents.push(SourceContent {
                from: link.target,
                to: join(&content.to, &link.at),
                include: Vec::new(),
                exclude: Vec::new(),
            });
        }
        at += 1;
    }
}

fn is_wanted(content: &SourceContent, path: &str) -> bool {
    let any = |globs: &[String]| globs.iter().any(|glob| matches(glob, path));
    (content.include.is_empty() || any(&content.include)) && !any(&content.exclude)
}
