# Lists.
lib:
let
  inherit (builtins)
    any
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isInt
    isList
    length
    tail
    ;
in
rec {
  inherit (builtins)
    all
    any
    concatLists
    concatMap
    elem
    elemAt
    filter
    foldl'
    genList
    groupBy
    head
    isList
    length
    map
    partition
    sort
    tail
    ;

  /** `singleton :: a -> [a]`: a list of one element. */
  singleton = x: [ x ];
  /** `forEach :: [a] -> (a -> b) -> [b]`: `map` with the list first. */
  forEach = list: f: map f list;
  /** `toList :: a -> [a]`: a list as it is, anything else as a list of one element. */
  toList = x: if isList x then x else [ x ];
  /** `optional :: bool -> a -> [a]`: the element in a list if the condition holds, else an empty list. */
  optional = condition: x: if condition then [ x ] else [ ];
  /** `optionals :: bool -> [a] -> [a]`: the list if the condition holds, else an empty one. */
  optionals = condition: list: if condition then list else [ ];
  /** `range :: int -> int -> [int]`: all integers from the first to the last, both included. */
  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);
  /** `replicate :: int -> a -> [a]`: the same element so many times. */
  replicate = n: x: genList (_: x) n;

  /** `foldr :: (a -> b -> b) -> b -> [a] -> b`: combines all elements from the right: `op x1 (op x2 … start)`. */
  foldr =
    f: start: list:
    let
      count = length list;
      from = i: if i == count then start else f (elemAt list i) (from (i + 1));
    in
    from 0;
  /** `fold :: (a -> b -> b) -> b -> [a] -> b`: another name of `foldr`. */
  fold = foldr;
  /** `foldl :: (b -> a -> b) -> b -> [a] -> b`: combines all elements from the left, lazily; `foldl'` is the one for long lists. */
  foldl =
    f: start: list:
    let
      upTo = i: if i == -1 then start else f (upTo (i - 1)) (elemAt list i);
    in
    upTo (length list - 1);
  /** `imap0 :: (int -> a -> b) -> [a] -> [b]`: `map` with the index, from 0. */
  imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
  /** `imap :: (int -> a -> b) -> [a] -> [b]`: another name of `imap1`. */
  imap = imap1;
  /** `imap1 :: (int -> a -> b) -> [a] -> [b]`: `map` with the index, from 1. */
  imap1 = f: list: genList (i: f (i + 1) (elemAt list i)) (length list);
  /** `ifilter0 :: (int -> a -> bool) -> [a] -> [a]`: `filter` with the index, from 0. */
  ifilter0 =
    p: list: map (elemAt list) (filter (i: p i (elemAt list i)) (genList (i: i) (length list)));
  /** `flatten :: a -> [b]`: takes lists in lists apart, however deep, into one list. */
  flatten = x: if isList x then builtins.concatMap flatten x else [ x ];
  /** `remove :: a -> [a] -> [a]`: the list without the elements that equal the given one. */
  remove = x: filter (y: y != x);
  /** `count :: (a -> bool) -> [a] -> int`: how many elements the predicate holds for. */
  count = p: foldl' (n: x: if p x then n + 1 else n) 0;
  /** `findSingle :: (a -> bool) -> a -> a -> [a] -> a`: the only element that the predicate holds for; the second argument if there is none, the third if there are several. */
  findSingle =
    p: none: several: list:
    let
      found = filter p list;
    in
    if found == [ ] then
      none
    else if tail found == [ ] then
      head found
    else
      several;
  /** `findFirstIndex :: (a -> bool) -> b -> [a] -> int`: the index of the first element that the predicate holds for, else the default. */
  findFirstIndex =
    p: none: list:
    let
      count = length list;
      # In steps, so that a long list needs no deep recursion.
      found = foldl' (
        at: x:
        if at >= 0 then
          at
        else if p x then
          -at - 1
        else
          at - 1
      ) (-1) list;
    in
    if count == 0 || found < 0 then none else found;
  /** `findFirst :: (a -> bool) -> a -> [a] -> a`: the first element that the predicate holds for, else the default. */
  findFirst =
    p: none: list:
    let
      at = findFirstIndex p null list;
    in
    if at == null then none else elemAt list at;

  /** `zipListsWith :: (a -> b -> c) -> [a] -> [b] -> [c]`: combines elements of the same index, as far as the shorter list goes. */
  zipListsWith =
    f: a: b:
    genList (i: f (elemAt a i) (elemAt b i)) (lib.min (length a) (length b));
  /** `zipLists :: [a] -> [b] -> [{ fst, snd }]`: pairs of the elements of the same index. */
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  /** `crossLists :: (a -> b -> … -> c) -> [[…]] -> [c]`: calls a function with every combination of elements, one of each list. */
  crossLists =
    f: foldl' (fs: args: builtins.concatMap (f: map f args) fs) [ f ];

  /** `reverseList :: [a] -> [a]`: the elements in the opposite order. */
  reverseList =
    list:
    let
      count = length list;
    in
    genList (i: elemAt list (count - i - 1)) count;
  /** `sublist :: int -> int -> [a] -> [a]`: so many elements from an index on; fewer where the list ends. */
  sublist =
    start: n: list:
    let
      count = length list;
    in
    genList (i: elemAt list (start + i)) (
      if start >= count then
        0
      else if start + n > count then
        count - start
      else
        n
    );
  /** `take :: int -> [a] -> [a]`: the first so many elements. */
  take = n: sublist 0 n;
  /** `takeEnd :: int -> [a] -> [a]`: the last so many elements. */
  takeEnd = n: list: drop (lib.max 0 (length list - n)) list;
  /** `drop :: int -> [a] -> [a]`: the list without its first so many elements. */
  drop = n: list: sublist n (length list) list;
  /** `dropEnd :: int -> [a] -> [a]`: the list without its last so many elements. */
  dropEnd = n: list: take (lib.max 0 (length list - n)) list;
  /** `last :: [a] -> a`: the last element; an error for an empty list. */
  last =
    list: if list == [ ] then throw "lists.last: list must not be empty!" else elemAt list (length list - 1);
  /** `init :: [a] -> [a]`: all elements but the last one; an error for an empty list. */
  init =
    list:
    if list == [ ] then throw "lists.init: list must not be empty!" else genList (elemAt list) (length list - 1);
  /** `hasPrefix :: [a] -> [a] -> bool`: whether the second list begins with the first one. */
  hasPrefix = prefix: list: take (length prefix) list == prefix;
  /** `removePrefix :: [a] -> [a] -> [a]`: the second list without the first one at its begin, where that must be. */
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lists.removePrefix: First argument is not a list prefix of the second argument";
  /** `commonPrefix :: [a] -> [a] -> [a]`: the elements with which both lists begin. */
  commonPrefix =
    a: b:
    let
      same = genList (i: elemAt a i == elemAt b i) (lib.min (length a) (length b));
    in
    take (findFirstIndex (x: !x) (length same) same) a;
  /** `replaceElemAt :: [a] -> int -> a -> [a]`: the list with another element at an index. */
  replaceElemAt =
    list: index: value:
    let
      count = length list;
    in
    if index >= 0 && index < count then
      genList (i: if i == index then value else elemAt list i) count
    else
      throw "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString count}";

  /** `unique :: [a] -> [a]`: each element once, where it comes first. Takes quadratic time. */
  unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  /** `uniqueStrings :: [string] -> [string]`: each string once, sorted; faster than `unique`. */
  uniqueStrings =
    list: builtins.attrNames (builtins.groupBy (x: x) list);
  /** `allUnique :: [a] -> bool`: whether no element comes twice. */
  allUnique = list: length (unique list) == length list;
  /** `intersectLists :: [a] -> [a] -> [a]`: the elements of the second list that are in the first one, too. */
  intersectLists = keep: filter (x: elem x keep);
  /** `subtractLists :: [a] -> [a] -> [a]`: the elements of the second list that are not in the first one. */
  subtractLists = drop: filter (x: !elem x drop);
  /** `mutuallyExclusive :: [a] -> [a] -> bool`: whether no element is in both lists. */
  mutuallyExclusive = a: b: length a == 0 || !any (x: elem x a) b;
  /** `groupBy' :: (b -> a -> b) -> b -> (a -> string) -> [a] -> { … :: b }`: groups elements by a key, and folds each group. */
  groupBy' =
    op: start: key: list:
    builtins.mapAttrs (_: foldl' op start) (builtins.groupBy key list);
  /** `concatAttrValues :: { … :: [a] } -> [a]`: the lists of a set one behind the other, by name. */
  concatAttrValues = set: builtins.concatLists (builtins.attrValues set);

  /** `sortOn :: (a -> b) -> [a] -> [a]`: sorts by what the function makes of the elements, which is found out once each. */
  sortOn =
    f: list:
    map (pair: elemAt pair 1) (
      builtins.sort (a: b: head a < head b) (
        map (x: [
          (f x)
          x
        ]) list
      )
    );
  /** `compareLists :: (a -> a -> int) -> [a] -> [a] -> int`: compares lists element by element: -1, 0 or 1. */
  compareLists =
    cmp: a: b:
    if a == [ ] then
      (if b == [ ] then 0 else -1)
    else if b == [ ] then
      1
    else
      let
        first = cmp (head a) (head b);
      in
      if first == 0 then compareLists cmp (tail a) (tail b) else first;
  # Digits count as numbers: "10" after "9".
  /** `naturalSort :: [string] -> [string]`: sorts texts so that numbers in them count as such: `disk9` before `disk10`. */
  naturalSort =
    list:
    let
      key = text: map (x: if isList x then lib.toIntBase10 (head x) else x) (builtins.split "(0|[1-9][0-9]*)" text);
      keyed = map (x: [
        (key x)
        x
      ]) list;
      cmp = a: b: if isInt a == isInt b then lib.compare a b else if isInt a then -1 else 1;
    in
    map (pair: elemAt pair 1) (
      builtins.sort (a: b: compareLists cmp (head a) (head b) < 0) keyed
    );

  /** `listDfs :: bool -> (a -> a -> bool) -> [a] -> set`: one search for `toposort`: a minimal element, or a cycle. */
  listDfs =
    stopOnCycles: before: list:
    let
      visit =
        us: visited: rest:
        let
          split = builtins.partition (x: before x us) rest;
          back = filter (x: before x us) visited;
        in
        if stopOnCycles && back != [ ] then
          {
            cycle = us;
            loops = back;
            inherit visited rest;
          }
        else if split.right == [ ] then
          { inherit visited rest; minimal = us; }
        else
          visit (head split.right) ([ us ] ++ visited) (tail split.right ++ split.wrong);
    in
    visit (head list) [ ] (tail list);
  /** `toposort :: (a -> a -> bool) -> [a] -> { result } or { cycle, loops }`: sorts by a partial order (`before a b`), or tells which elements are in a cycle. */
  toposort =
    before: list:
    let
      first = listDfs true before list;
      others = toposort before (first.visited ++ first.rest);
    in
    if length list < 2 then
      { result = list; }
    else if first ? cycle then
      {
        cycle = reverseList ([ first.cycle ] ++ first.visited);
        inherit (first) loops;
      }
    else if others ? cycle then
      others
    else
      { result = [ first.minimal ] ++ others.result; };
}
