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

  singleton = x: [ x ];
  forEach = list: f: map f list;
  toList = x: if isList x then x else [ x ];
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  range = first: last: if first > last then [ ] else genList (i: first + i) (last - first + 1);
  replicate = n: x: genList (_: x) n;

  foldr =
    f: start: list:
    let
      count = length list;
      from = i: if i == count then start else f (elemAt list i) (from (i + 1));
    in
    from 0;
  fold = foldr;
  foldl =
    f: start: list:
    let
      upTo = i: if i == -1 then start else f (upTo (i - 1)) (elemAt list i);
    in
    upTo (length list - 1);
  imap0 = f: list: genList (i: f i (elemAt list i)) (length list);
  imap = imap1;
  imap1 = f: list: genList (i: f (i + 1) (elemAt list i)) (length list);
  ifilter0 =
    p: list: map (elemAt list) (filter (i: p i (elemAt list i)) (genList (i: i) (length list)));
  flatten = x: if isList x then builtins.concatMap flatten x else [ x ];
  remove = x: filter (y: y != x);
  count = p: foldl' (n: x: if p x then n + 1 else n) 0;
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
  findFirst =
    p: none: list:
    let
      at = findFirstIndex p null list;
    in
    if at == null then none else elemAt list at;

  zipListsWith =
    f: a: b:
    genList (i: f (elemAt a i) (elemAt b i)) (lib.min (length a) (length b));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  crossLists =
    f: foldl' (fs: args: builtins.concatMap (f: map f args) fs) [ f ];

  reverseList =
    list:
    let
      count = length list;
    in
    genList (i: elemAt list (count - i - 1)) count;
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
  take = n: sublist 0 n;
  takeEnd = n: list: drop (lib.max 0 (length list - n)) list;
  drop = n: list: sublist n (length list) list;
  dropEnd = n: list: take (lib.max 0 (length list - n)) list;
  last =
    list: if list == [ ] then throw "lists.last: list must not be empty!" else elemAt list (length list - 1);
  init =
    list:
    if list == [ ] then throw "lists.init: list must not be empty!" else genList (elemAt list) (length list - 1);
  hasPrefix = prefix: list: take (length prefix) list == prefix;
  removePrefix =
    prefix: list:
    if hasPrefix prefix list then
      drop (length prefix) list
    else
      throw "lists.removePrefix: First argument is not a list prefix of the second argument";
  commonPrefix =
    a: b:
    let
      same = genList (i: elemAt a i == elemAt b i) (lib.min (length a) (length b));
    in
    take (findFirstIndex (x: !x) (length same) same) a;
  replaceElemAt =
    list: index: value:
    let
      count = length list;
    in
    if index >= 0 && index < count then
      genList (i: if i == index then value else elemAt list i) count
    else
      throw "'lists.replaceElemAt' called with index ${toString index} on a list of size ${toString count}";

  unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
  uniqueStrings =
    list: builtins.attrNames (builtins.groupBy (x: x) list);
  allUnique = list: length (unique list) == length list;
  intersectLists = keep: filter (x: elem x keep);
  subtractLists = drop: filter (x: !elem x drop);
  mutuallyExclusive = a: b: length a == 0 || !any (x: elem x a) b;
  groupBy' =
    op: start: key: list:
    builtins.mapAttrs (_: foldl' op start) (builtins.groupBy key list);
  concatAttrValues = set: builtins.concatLists (builtins.attrValues set);

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
