# Arguments for the container's modules that the host has and they have not.
let
  site = {
    domain = "example.org";
    admins = [
      "ada"
      "grace"
    ];
  };
in
{
  containers.portal = {
    specialArgs = {
      inherit site;
      tier = 2;
    };
    config =
      { site, tier, ... }:
      {
        networking.domain = site.domain;
        environment.variables.TIER = toString tier;
      };
  };
}
