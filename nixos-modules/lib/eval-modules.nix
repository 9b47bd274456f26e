# What is Nix in `lib.evalModules`: the crate `options` reads it.
let
  # The type of a submodule with the modules of an evaluation.
  typeOf =
    {
      lib,
      modules,
      specialArgs,
      class,
      ...
    }:
    lib.types.submoduleWith { inherit modules specialArgs class; };
  extend =
    lib: arguments:
    {
      modules ? [ ],
      specialArgs ? { },
      prefix ? [ ],
    }@more:
    lib.evalModules (
      arguments
      // {
        modules = arguments.modules ++ modules;
        specialArgs = arguments.specialArgs or { } // specialArgs;
        prefix = more.prefix or arguments.prefix or [ ];
      }
    );
in
{
  # Beside `config` and `options` in the result.
  helpers = lib: arguments: {
    extendModules = extend lib arguments;
    type = typeOf {
      inherit lib;
      inherit (arguments) modules;
      specialArgs = arguments.specialArgs or { };
      class = arguments.class or null;
    };
  };

  # The module that gives a submodule its name.
  named = { name, ... }: { _module.args = { inherit name; }; };

  # The module that declares what modules say to the module system itself.
  internalModule =
    {
      lib,
      modules,
      specialArgs,
      class,
      prefix,
      ...
    }@evaluation:
    {
      _file = "lib/modules.nix";
      key = "lib/modules.nix";
      options._module = {
        args = lib.mkOption {
          type = lib.types.lazyAttrsOf lib.types.raw;
          description = "Arguments of every module, beside those that it gets anyhow.";
        };
        check = lib.mkOption {
          type = lib.types.bool;
          internal = true;
          default = true;
          description = "Whether all that is defined must be declared.";
        };
        freeformType = lib.mkOption {
          type = lib.types.nullOr lib.types.optionType;
          internal = true;
          default = null;
          description = "What is defined and not declared is merged by this type.";
        };
        specialArgs = lib.mkOption {
          readOnly = true;
          internal = true;
          description = "Arguments of every module that imports may depend on.";
        };
      };
      config._module = {
        args = {
          extendModules = extend lib {
            inherit
              modules
              specialArgs
              class
              prefix
              ;
          };
          moduleType = typeOf evaluation;
        };
        inherit specialArgs;
      };
    };
}
