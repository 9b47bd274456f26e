# Reloads without a word before.
{
  containers.web.updateStrategy = "reload";
  virtualisation.conex.preview.enable = false;
}
