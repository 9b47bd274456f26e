# The smallest module system that the modules for NixOS hosts can be evaluated with, on conex'
# embedded `lib`, whose own needs conex: options in submodules and in sets and lists of them, one option
# declared in parts, `mkIf`, `mkMerge` and priorities. Of types it knows how they merge, not
# what they accept. What it makes of the hosts here, nixpkgs' module system makes of them.
embedded:
let
  # Its types do not know what is in them without conex.
  lib = removeAttrs embedded [ "conex" "mkDefinition" ] // {
    types = embedded.types // {
      submodule =
        module:
        let
          type = embedded.types.submodule module;
          args.name = "<name>";
        in
        type // { getSubOptions = _: (evaluate { inherit (type.conex) modules; inherit args; }).options; };
      attrsOf = elem: embedded.types.attrsOf elem // { inherit (elem) getSubOptions; };
    };
  };

  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    head
    isAttrs
    isFunction
    length
    listToAttrs
    mapAttrs
    tail
    ;

  is = type: value: isAttrs value && value._type or null == type;
  isOption = is "option";

  # A value without its conditions: { priority, value } of each definition in it.
  unfold =
    priority: value:
    if is "if" value then
      if value.condition then unfold priority value.content else [ ]
    else if is "merge" value then
      concatMap (unfold priority) value.contents
    else if is "override" value then
      unfold value.priority value.content
    else
      [ { inherit priority value; } ];

  # The same of a set of options: conditions move inwards to each name.
  push =
    value:
    if is "if" value then
      map (set: mapAttrs (_: content: lib.mkIf value.condition content) set) (push value.content)
    else if is "merge" value then
      concatMap push value.contents
    else if is "override" value then
      map (mapAttrs (_: lib.mkOverride value.priority)) (push value.content)
    else
      [ value ];

  # Of several sets, the values under each name.
  zip = sets: builtins.zipAttrsWith (_: values: values) sets;

  load =
    args: module:
    let
      value = if isFunction module then module args else if isAttrs module then module else load' module;
      load' = path: let it = import path; in if isFunction it then it args else it;
      isLong = value ? options || value ? config || value ? imports;
    in
    concatMap (load args) (value.imports or [ ])
    ++ [
      {
        options = value.options or { };
        config = if isLong then value.config or { } else value;
      }
    ];

  modulesOf = type: if type.conex.kind == "submodule" then type.conex.modules else [ ];

  # Two declarations of one option: what is said in one, and the modules of both.
  joined =
    a: b:
    let
      kind = a.type.conex.kind;
      both = modules: {
        conex = {
          kind = "submodule";
          inherit modules;
        };
      };
    in
    a
    // b
    // {
      type =
        if kind == "attrsOf" then
          {
            conex = {
              kind = "attrsOf";
              elem = both (modulesOf a.type.conex.elem ++ modulesOf b.type.conex.elem);
            };
          }
        else
          both (modulesOf a.type ++ modulesOf b.type);
    };

  evaluate =
    {
      modules,
      args ? { },
      prefix ? [ ],
    }:
    let
      loaded = concatMap (load (args // { inherit config lib options; })) modules;

      declared = concatLists (map (module: [ module.options ]) loaded);
      declare =
        path: sets:
        mapAttrs (
          name: values:
          if isOption (head values) then
            foldl' joined (head values) (tail values)
          else
            declare (path ++ [ name ]) values
        ) (zip sets);
      declarations = declare prefix declared;

      definitions = concatMap (module: push module.config) loaded;
      unknown =
        path: tree: sets:
        concatMap (
          set:
          concatMap (
            name:
            if !(tree ? ${name}) then
              [ (lib.concatStringsSep "." (path ++ [ name ])) ]
            else if isOption tree.${name} then
              [ ]
            else
              unknown (path ++ [ name ]) tree.${name} (push set.${name})
          ) (attrNames set)
        ) sets;

      build =
        path: tree: sets:
        let
          under = zip sets;
        in
        mapAttrs (
          name: option:
          if isOption option then
            finish (path ++ [ name ]) option (under.${name} or [ ])
          else
            build (path ++ [ name ]) option (concatMap push (under.${name} or [ ]))
        ) tree;
      options = build prefix declarations definitions;
      values = mapAttrs (_: option: if isOption option then option.value else values option);
      config =
        let
          wrong = unknown prefix declarations definitions;
        in
        if wrong == [ ] then values options else throw "The option `${head wrong}' does not exist";
    in
    {
      inherit config options;
    };

  finish =
    path: option: definitions:
    let
      all = concatMap (unfold 100) definitions;
      isDefined = all != [ ];
      given = if isDefined then all else unfold 1500 (lib.mkOptionDefault option.default);
      best = foldl' (least: def: if def.priority < least then def.priority else least) 9999 given;
      kept = map (def: def.value) (filter (def: def.priority == best) given);
      merged =
        if isDefined || option ? default then
          merge path option.type kept
        else
          throw "The option `${lib.concatStringsSep "." path}' was accessed but has no value defined";
    in
    option
    // {
      inherit isDefined definitions;
      highestPrio = best;
      value = (option.apply or (value: value)) merged;
    };

  merge =
    path: type: values:
    let
      inherit (type) conex;
      each =
        name: values:
        let
          all = concatMap (unfold 100) values;
          best = foldl' (least: def: if def.priority < least then def.priority else least) 9999 all;
        in
        merge (path ++ [ name ]) conex.elem (
          map (def: def.value) (filter (def: def.priority == best) all)
        );
    in
    if conex.kind == "attrsOf" then
      mapAttrs each (
        listToAttrs (
          concatLists (
            map (
              name:
              let
                found = (zip (concatMap push values)).${name};
              in
              if concatMap (unfold 100) found == [ ] then
                [ ]
              else
                [
                  {
                    inherit name;
                    value = found;
                  }
                ]
            ) (attrNames (zip (concatMap push values)))
          )
        )
      )
    else if conex.kind == "submodule" then
      (evaluate {
        # A definition is the value of all options, also of one that is named `config`.
        modules = conex.modules ++ map (config: { inherit config; }) values;
        args.name = lib.last path;
        prefix = path;
      }).config
    else if conex.kind == "listOf" then
      let
        isSet = conex.elem.conex.kind or "" == "submodule";
        element = value: if isSet then merge path conex.elem [ value ] else value;
      in
      map element (concatLists values)
    else if length values == 1 || lib.all (value: value == head values) values then
      head values
    else
      throw "The option `${lib.concatStringsSep "." path}' has conflicting definition values";
in
{ modules, specialArgs }:
evaluate {
  inherit modules;
  args = specialArgs;
}
