''
  abc