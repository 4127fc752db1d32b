//! Type stubs that are read at run time: `lazy_loader.attach_stub(__name__, __file__)` and its like.
use crate::graph::Node;
use crate::load::FileId;
use crate::program::Program;

/// Returns the stub beside a lazy module that looks at its own file: it may read its attributes' modules from there.
pub fn stub(program: &Program<'_>, node: &Node) -> Option<FileId> {
    let file = node.file.filter(|file| file.object < program.objects.packages)?;
    let hints = &node.facts.module(&program.objects)?.hints;
    let name = program.objects.path(file).rsplit('/').next()?.strip_suffix(".py")?;
    let looks = hints.is_lazy && hints.mentions("__file__");
    program.tree.file(program.tree.place(file).filter(|_| looks)?, &format!("{name}.pyi"))
}
