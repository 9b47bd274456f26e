//! Pieces of programs: each `#` is a piece of the type that is listed, each
//! `@` the name of an attribute.

use super::program::Type;
use Type::{Bool, Float, Fun, Int, Ints, Set, Str, Strs};

/// A text and the types of its pieces.
pub(super) type Template = (&'static str, &'static [Type]);

pub(super) const STRINGS: [&str; 7] = [
    "\"\"",
    "\"abc\"",
    "\"a-1.2.3\"",
    "\"x/y//z\"",
    "''\n  two\n    lines ''${x}\n''",
    "\"\\n\\t\\\"q\\\"\"",
    "\"aXbXc\"",
];

/// The templates of a type.
pub(super) fn of(kind: Type) -> &'static [Template] {
    match kind {
        Int => INT,
        Float => FLOAT,
        Bool => BOOL,
        Str => STR,
        Ints => INTS,
        Strs => STRS,
        Set => SET,
        Fun => FUN,
    }
}

const INT: &[Template] = &[
    ("(# + #)", &[Int, Int]),
    ("(# - #)", &[Int, Int]),
    ("(builtins.bitAnd 255 # * builtins.bitAnd 255 #)", &[Int, Int]),
    ("(# / 3)", &[Int]),
    ("(builtins.div # (-2))", &[Int]),
    ("(- #)", &[Int]),
    ("(if # then # else #)", &[Bool, Int, Int]),
    ("(assert #; #)", &[Bool, Int]),
    ("(builtins.length #)", &[Ints]),
    ("(builtins.length #)", &[Strs]),
    ("(builtins.stringLength #)", &[Str]),
    ("(builtins.foldl' (acc: n: builtins.bitAnd 65535 (acc * 3 + n)) # #)", &[Int, Ints]),
    ("(builtins.foldl' builtins.sub # #)", &[Int, Ints]),
    ("(builtins.head (# ++ [ # ]))", &[Ints, Int]),
    (
        "(let l = #; in if l == [ ] then # else builtins.elemAt l (builtins.length l - 1))",
        &[Ints, Int],
    ),
    ("((#).@ or #)", &[Set, Int]),
    ("((#).@.@ or #)", &[Set, Int]),
    ("(# // { @ = #; }).@ or 3", &[Set, Int]),
    ("(builtins.bitXor # #)", &[Int, Int]),
    ("(builtins.bitOr # #)", &[Int, Int]),
    ("(builtins.compareVersions # #)", &[Str, Str]),
    ("(builtins.floor #)", &[Float]),
    ("(builtins.ceil #)", &[Float]),
    ("(# #)", &[Fun, Int]),
    ("(builtins.seq # #)", &[Int, Int]),
    ("(builtins.deepSeq # #)", &[Ints, Int]),
    ("(throw #)", &[Str]),
    ("(let r = builtins.tryEval #; in if r.success then r.value else 99)", &[Int]),
    ("(builtins.length (builtins.attrNames #))", &[Set]),
    ("(builtins.foldl' builtins.add 0 (builtins.attrValues #))", &[Set]),
    ("(builtins.length (builtins.split # #))", &[Str, Str]),
    ("(builtins.fromJSON (builtins.toJSON #))", &[Int]),
    (
        "(builtins.length (builtins.genericClosure { startSet = [ { key = #; } ]; operator = n: if n.key > 12 then [ ] else [ { key = n.key + 5; } { key = n.key + 7; } ]; }))",
        &[Int],
    ),
];

const FLOAT: &[Template] = &[
    ("(# + #)", &[Float, Int]),
    ("(# - #)", &[Int, Float]),
    ("(# * 0.5)", &[Float]),
    ("(# / 4.0)", &[Int]),
    ("(- #)", &[Float]),
    ("(if # then # else #)", &[Bool, Float, Float]),
];

const BOOL: &[Template] = &[
    ("(# == #)", &[Int, Int]),
    ("(# != #)", &[Ints, Ints]),
    ("(# == #)", &[Set, Set]),
    ("(# == #)", &[Str, Str]),
    ("(# == #)", &[Int, Float]),
    ("(# < #)", &[Int, Int]),
    ("(# <= #)", &[Str, Str]),
    ("(# > #)", &[Float, Int]),
    ("(# >= #)", &[Int, Int]),
    ("(# < #)", &[Ints, Ints]),
    ("(# && #)", &[Bool, Bool]),
    ("(# || #)", &[Bool, Bool]),
    ("(# -> #)", &[Bool, Bool]),
    ("(! #)", &[Bool]),
    ("(# ? @)", &[Set]),
    ("(# ? @.@)", &[Set]),
    ("(builtins.hasAttr # #)", &[Str, Set]),
    ("(builtins.elem # #)", &[Int, Ints]),
    ("(builtins.elem # #)", &[Str, Strs]),
    ("(builtins.all (n: n < #) #)", &[Int, Ints]),
    ("(builtins.any (n: n == #) #)", &[Int, Ints]),
    ("(builtins.isInt #)", &[Float]),
    ("(builtins.isFunction #)", &[Fun]),
    ("(builtins.isAttrs #)", &[Set]),
    ("((builtins.tryEval #).success)", &[Int]),
    ("((builtins.tryEval (builtins.deepSeq # 1)).success)", &[Ints]),
    ("(builtins.match # # == null)", &[Str, Str]),
    ("(if # then # else #)", &[Bool, Bool, Bool]),
    ("(# == #)", &[Fun, Fun]),
    ("((builtins.functionArgs ({ a, b ? #, ... }: a)).b)", &[Int]),
];

const STR: &[Template] = &[
    ("\"<${#}>\"", &[Str]),
    ("\"${#}-${toString #}\"", &[Str, Int]),
    ("''\n    in ${#}\n      dented $${}\n  ''", &[Str]),
    ("(# + #)", &[Str, Str]),
    ("(toString #)", &[Int]),
    ("(toString #)", &[Float]),
    ("(toString #)", &[Bool]),
    ("(toString #)", &[Ints]),
    ("(toString { __toString = self: # + self.s; s = #; })", &[Str, Str]),
    ("\"${{ outPath = #; }}\"", &[Str]),
    ("(builtins.substring 1 2 #)", &[Str]),
    ("(builtins.substring (builtins.bitAnd 7 #) (-1) #)", &[Int, Str]),
    ("(builtins.concatStringsSep # #)", &[Str, Strs]),
    ("(builtins.replaceStrings [ \"a\" \"\" \"x\" ] [ \"Z\" # \"\" ] #)", &[Str, Str]),
    ("(builtins.replaceStrings # # #)", &[Strs, Strs, Str]),
    ("(builtins.typeOf #)", &[Int]),
    ("(builtins.typeOf #)", &[Fun]),
    ("(baseNameOf #)", &[Str]),
    ("(dirOf #)", &[Str]),
    ("(builtins.toJSON #)", &[Set]),
    ("(builtins.toJSON #)", &[Strs]),
    ("(builtins.toXML #)", &[Set]),
    ("(builtins.toXML #)", &[Strs]),
    ("(builtins.hashString \"sha256\" #)", &[Str]),
    ("(builtins.hashString \"md5\" #)", &[Str]),
    ("(if # then # else #)", &[Bool, Str, Str]),
    ("(builtins.parseDrvName #).name", &[Str]),
    ("(builtins.parseDrvName #).version", &[Str]),
    ("(builtins.fromJSON (builtins.toJSON #))", &[Str]),
    ("(builtins.head (# ++ [ # ]))", &[Strs, Str]),
    ("(builtins.foldl' (a: b: a + b) # #)", &[Str, Strs]),
    (
        "(let m = builtins.match \"(.)(.*)\" #; in if m == null then \"none\" else builtins.elemAt m 1)",
        &[Str],
    ),
];

const INTS: &[Template] = &[
    ("[ # # ]", &[Int, Int]),
    ("(# ++ #)", &[Ints, Ints]),
    ("(map # #)", &[Fun, Ints]),
    ("(builtins.filter (n: n > #) #)", &[Int, Ints]),
    ("(builtins.genList # 4)", &[Fun]),
    ("(builtins.concatMap (n: [ n # ]) #)", &[Int, Ints]),
    ("(builtins.concatLists [ # # ])", &[Ints, Ints]),
    ("(builtins.sort builtins.lessThan #)", &[Ints]),
    ("(builtins.sort (a: b: a > b) #)", &[Ints]),
    ("(builtins.attrValues #)", &[Set]),
    ("(builtins.tail ([ # ] ++ #))", &[Int, Ints]),
    ("(builtins.partition (n: n > 3) #).right", &[Ints]),
    ("(builtins.partition (n: n > 3) #).wrong", &[Ints]),
    ("(builtins.catAttrs \"@\" [ # # { } ])", &[Set, Set]),
    ("(if # then # else #)", &[Bool, Ints, Ints]),
    ("(map builtins.stringLength #)", &[Strs]),
    ("(builtins.fromJSON (builtins.toJSON #))", &[Ints]),
    ("((builtins.groupBy (n: if n > 3 then \"a\" else \"b\") #).@ or [ ])", &[Ints]),
    (
        "(let f = n: if n <= 0 then [ ] else [ n ] ++ f (n - 3); in f (builtins.bitAnd 15 #))",
        &[Int],
    ),
];

const STRS: &[Template] = &[
    ("[ # # ]", &[Str, Str]),
    ("(# ++ #)", &[Strs, Strs]),
    ("(builtins.attrNames #)", &[Set]),
    ("(builtins.splitVersion #)", &[Str]),
    ("(map (s: s + #) #)", &[Str, Strs]),
    ("(map toString #)", &[Ints]),
    ("(builtins.filter builtins.isString (builtins.split \"([a-c])|X\" #))", &[Str]),
    ("(builtins.filter builtins.isString (builtins.split \"-|[.]\" #))", &[Str]),
    ("(builtins.sort builtins.lessThan #)", &[Strs]),
    (
        "(builtins.concatLists (builtins.filter builtins.isList (builtins.split \"(.)y?\" #)))",
        &[Str],
    ),
    ("(builtins.attrNames (builtins.functionArgs ({ a, b ? #, ... }: a)))", &[Int]),
    (
        "(builtins.attrNames (builtins.listToAttrs (map (name: { inherit name; value = #; }) #)))",
        &[Int, Strs],
    ),
];

const SET: &[Template] = &[
    ("{ @ = #; }", &[Int]),
    ("{ @ = #; \"${#}\" = 2; }", &[Int, Str]),
    ("{ ${if # then \"@\" else null} = #; }", &[Bool, Int]),
    ("(# // #)", &[Set, Set]),
    ("(# // { @ = #; })", &[Set, Int]),
    ("(builtins.mapAttrs (name: n: n + #) #)", &[Int, Set]),
    ("(builtins.removeAttrs # [ \"@\" \"@\" ])", &[Set]),
    ("(builtins.removeAttrs # #)", &[Set, Strs]),
    ("(builtins.intersectAttrs # #)", &[Set, Set]),
    (
        "(builtins.listToAttrs [ { name = #; value = #; } { name = \"@\"; value = #; } ])",
        &[Str, Int, Int],
    ),
    ("(rec { a = #; b = a + 1; c = b; })", &[Int]),
    ("(let s = #; in { inherit (s // { a = 1; }) a; b = #; })", &[Set, Int]),
    ("(if # then # else #)", &[Bool, Set, Set]),
    ("(builtins.zipAttrsWith (name: l: builtins.foldl' builtins.add 0 l) [ # # ])", &[Set, Set]),
    ("(builtins.fromJSON (builtins.toJSON #))", &[Set]),
    ("{ a = #; z' = throw #; }", &[Int, Str]),
    ("(builtins.mapAttrs (_: builtins.length) (builtins.groupBy (n: toString n) #))", &[Ints]),
    ("{ a.b = #; a.c = 2; }.a", &[Int]),
];

const FUN: &[Template] = &[
    ("(n: n + #)", &[Int]),
    ("(n: if n > # then # else n)", &[Int, Int]),
    ("(builtins.add #)", &[Int]),
    ("(n: (#) (n - 1))", &[Fun]),
    ("(let g = #; in n: g (g n))", &[Fun]),
    ("(if # then # else #)", &[Bool, Fun, Fun]),
    ("{ __functor = self: n: n + self.k; k = #; }", &[Int]),
    ("(n: (#).@ or n)", &[Set]),
];
