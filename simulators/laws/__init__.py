"""Laws: what must hold of any policy and any world, for anyone to check."""
