# Renamed, removed and merged options, by two libs, in nixpkgs' module system: true if both give
# the same.
{ nixpkgsLib, ours }:
let
  inherit (nixpkgsLib) mkOption types;
  option = type: default: mkOption { inherit type default; };
  run =
    lib:
    let
      inherit
        (nixpkgsLib.evalModules {
          modules = [
            {
              options = {
                warnings = option (types.listOf types.str) [ ];
                assertions = option (types.listOf types.unspecified) [ ];
                priority = mkOption { type = types.int; };
                new = {
                  a = option types.int 0;
                  b = option (types.listOf types.str) [ ];
                  c = option types.str "x";
                  m = option types.str "x";
                };
              };
            }
            (lib.mkRenamedOptionModule [ "old" "a" ] [ "new" "a" ])
            (lib.mkAliasOptionModule [ "old" "b" ] [ "new" "b" ])
            (lib.mkRemovedOptionModule [ "old" "gone" ] "Use new.")
            (lib.mkRemovedOptionModule [ "old" "unused" ] "Use new.")
            (lib.mkChangedOptionModule [ "old" "c" ] [ "new" "c" ] (config: toString config.old.c))
            (lib.mkMergedOptionModule [ [ "old" "m1" ] [ "old" "m2" ] ] [ "new" "m" ] (
              config: config.old.m1 + config.old.m2
            ))
            (lib.mkRenamedOptionModuleWith {
              from = [ "old" "w" ];
              to = [ "new" "c" ];
              sinceRelease = 2605;
            })
            {
              _file = "user.nix";
              old = {
                a = 5;
                b = lib.mkForce [ "forced" ];
                c = 7;
                m1 = "a";
                m2 = "b";
                gone = 1;
              };
            }
            {
              new.b = [ "lost" ];
              priority = lib.mkMerge [
                (lib.mkDefault 3)
                (lib.mkIf false 4)
                (lib.mkForce 9)
              ];
            }
          ];
        })
        config
        ;
    in
    {
      inherit (config)
        new
        warnings
        assertions
        priority
        ;
      aliases = [
        config.old.a
        config.old.b
      ];
    };
  same = run nixpkgsLib == run ours;
in
if same then true else throw "the libs differ"
