// What the race and fault tests of budgets start: see RaceTests.
return 0;
