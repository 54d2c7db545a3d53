//! `\pm` spelt out: an item with signs of both kinds becomes one item for each choice.

use crate::grade::ast::{Id, Node, Tree};

/// More signs than this in one item are not spelt out.
const MAX_SIGNS: usize = 4;
/// More items than this are not made.
const MAX_NODES: usize = 4096;

/// The answer with every `\pm` spelt out; `None` where there are too many.
pub(crate) fn spell_out(tree: Tree, root: Id) -> Option<(Tree, Id)> {
    if !tree.subtree(root).any(|(_, node)| sign(node).is_some()) {
        return Some((tree, root));
    }
    let items = match tree.node(root) {
        Node::List(items) | Node::Alternatives(items) | Node::Set(items) => items.clone(),
        _ => vec![root],
    };
    let mut out = Tree::with_capacity(2 * tree.len());
    let mut spelt = Vec::new();
    for item in items {
        let kinds: Vec<Sign> = tree.subtree(item).filter_map(|(_, node)| sign(node)).collect();
        if kinds.len() > MAX_SIGNS {
            return None;
        }
        // `\mp` means the other sign than the `\pm` with it: then there is one choice for all.
        let tied = kinds.contains(&Sign::MinusPlus);
        let choices = if tied { 2 } else { 1 << kinds.len() };
        for choice in 0..choices {
            let mut next = 0;
            let copy = copy(&tree, item, &mut out, |kind| {
                let negative = if tied {
                    (choice == 1) ^ (kind == Sign::MinusPlus)
                } else {
                    choice >> next & 1 == 1
                };
                next += 1;
                negative
            });
            spelt.push(copy);
            if out.len() > MAX_NODES {
                return None;
            }
        }
    }
    // One item with a sign is one or the other of its choices.
    let list = match tree.node(root) {
        Node::List(_) | Node::Set(_) => Node::List,
        _ => Node::Alternatives,
    };
    let root = if spelt.len() == 1 { spelt[0] } else { out.push(list(spelt)) };
    Some((out, root))
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    PlusMinus,
    MinusPlus,
}

fn sign(node: &Node) -> Option<Sign> {
    match node {
        Node::PlusMinus(..) | Node::SignedBoth(_) => Some(Sign::PlusMinus),
        Node::MinusPlus(..) => Some(Sign::MinusPlus),
        _ => None,
    }
}

/// Copies a subtree, asking for each sign whether it is negative.
fn copy(from: &Tree, id: Id, to: &mut Tree, mut negative: impl FnMut(Sign) -> bool) -> Id {
    let first = from.first(id);
    let mut places = Vec::with_capacity(id + 1 - first);
    for (_, node) in from.subtree(id) {
        let at = |child: Id| -> Id { places[child - first] };
        let copied = match (node, sign(node)) {
            (Node::PlusMinus(a, b) | Node::MinusPlus(a, b), Some(kind)) => {
                let node = if negative(kind) { Node::Subtract } else { Node::Add };
                node(at(*a), at(*b))
            }
            (Node::SignedBoth(a), Some(kind)) => {
                if negative(kind) {
                    Node::Negative(at(*a))
                } else {
                    places.push(at(*a));
                    continue;
                }
            }
            _ => node.with_children(at),
        };
        places.push(to.push(copied));
    }
    places[id - first]
}
