# error: 2:1 invalid-flake The flake has no `outputs'
{
  description = "Nothing";
}
