{ lib, ... }:

with lib;

let
  shards = imap1 (i: region: { inherit i region; }) [
    "north"
    "south"
  ];
in
{
  containers = mkMerge (
    map (shard: {
      "shard-${shard.region}" = {
        autoStart = mkDefault true;
        tmpfs = optional (shard.i == 1) "/scratch" ++ optionals (shard.i == 2) [ "/a" "/b:size=1G" ];
        extraFlags = [ "--hostname=${toUpper shard.region}${fixedWidthNumber 3 shard.i}" ];
        config = mkIf (shard.i > 0) { services.memcached.enable = true; };
      };
    }) shards
  );
}
