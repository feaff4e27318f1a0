"""The optimum: prices of budgets and volumes over a whole audience."""
