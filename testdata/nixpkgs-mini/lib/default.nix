# The smallest `lib` that modules can be evaluated with.
let
  inherit (builtins)
    attrNames
    concatLists
    filter
    foldl'
    isAttrs
    isFunction
    isList
    length
    listToAttrs
    map
    ;

  property = type: content: more: { _type = type; inherit content; } // more;
  is = type: value: isAttrs value && value._type or null == type;

  # The definitions in a value, each with its priority.
  definitions =
    value:
    if is "merge" value then
      concatLists (map definitions value.content)
    else if is "if" value then
      if value.condition then definitions value.content else [ ]
    else if is "override" value then
      map (def: def // { inherit (value) priority; }) (definitions value.content)
    else
      [
        {
          priority = 100;
          inherit value;
        }
      ];

  # Plain sets are merged, lists joined; of all else there is one, or a list of modules.
  merge =
    path: values:
    let
      defs = concatLists (map definitions values);
      strongest = foldl' (a: def: if def.priority < a then def.priority else a) 9999 defs;
      kept = map (def: def.value) (filter (def: def.priority == strongest) defs);
      first = builtins.head kept;
      all = test: length (filter test kept) == length kept;
      isPlain = value: isAttrs value && !(value ? outPath) && !(value ? _type);
      names = attrNames (foldl' (a: b: a // b) { } kept);
    in
    if all isPlain then
      listToAttrs (
        map (name: {
          inherit name;
          value = merge (path ++ [ name ]) (map (set: set.${name}) (filter (set: set ? ${name}) kept));
        }) (filter (name: present (map (set: set.${name}) (filter (set: set ? ${name}) kept))) names)
      )
    else if all isList then
      concatLists kept
    else if length kept == 1 then
      first
    else if all (value: isFunction value || isAttrs value) then
      { imports = kept; }
    else if all (value: value == first) then
      first
    else
      throw "The option `${lib.concatStringsSep "." path}' has conflicting definition values";
  present = values: concatLists (map definitions values) != [ ];

  # Options with what is defined of them; what nobody declares is kept.
  applied =
    path: options: config:
    config
    // builtins.mapAttrs (
      name: option:
      let
        here = path ++ [ name ];
        value =
          if config ? ${name} then
            config.${name}
          else if option ? default then
            option.default
          else
            throw "The option `${lib.concatStringsSep "." here}' was accessed but has no value defined. Try setting the option.";
      in
      if option._type or null == "option" then
        (option.apply or (value: value)) value
      else
        applied here option (config.${name} or { })
    ) options;

  lib = {
    concatStringsSep = builtins.concatStringsSep;
    inherit (builtins) mapAttrs attrNames;
    mkMerge = content: property "merge" content { };
    mkIf = condition: content: property "if" content { inherit condition; };
    mkOverride = priority: content: property "override" content { inherit priority; };
    mkDefault = lib.mkOverride 1000;
    mkForce = lib.mkOverride 50;
    mkOption = declaration: { _type = "option"; } // declaration;
    types = {
      attrsOf = type: { inherit type; };
      submodule = module: { inherit module; };
    };

    evalModules =
      {
        modules,
        specialArgs ? { },
        prefix ? [ ],
      }:
      let
        load =
          module:
          let
            called =
              if isFunction module then
                module (specialArgs // { inherit lib config options; })
              else if isAttrs module then
                module
              else
                load' (import module);
            load' = value: if isFunction value then value (specialArgs // { inherit lib config options; }) else value;
          in
          concatLists (map load (called.imports or [ ]))
          ++ [
            {
              options = called.options or { };
              config =
                if called ? config || called ? options then
                  called.config or { }
                else
                  removeAttrs called [ "imports" ];
            }
          ];
        loaded = concatLists (map load modules);
        options = foldl' declare { } (map (module: module.options) loaded);
        declare =
          a: b:
          a
          // builtins.mapAttrs (
            name: option:
            if !(a ? ${name}) then
              option
            else if option._type or null == "option" then
              option // a.${name}
            else
              declare a.${name} option
          ) b;
        config = applied prefix options (merge prefix (map (module: module.config) loaded));
      in
      {
        inherit config options;
      };
  };
in
lib
