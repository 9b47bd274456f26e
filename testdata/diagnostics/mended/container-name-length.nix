{
  containers.a-container.config = { };
}
