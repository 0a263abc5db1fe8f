"""What people see: the viewer's site, of one set of components, over what contexts publish."""
