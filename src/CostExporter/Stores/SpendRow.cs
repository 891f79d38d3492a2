namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What one key spent in one hour: an increment on its way to the store.</summary>
/// <param name="Hour">The UTC hour the calls ended in, counted from 1970-01-01T00:00Z.</param>
/// <param name="Day">The day of the configured time zone they ended in; its month follows. A UTC hour can lie in two days where the zone is off the hour, so the day is part of the row.</param>
/// <param name="Key">Whose spend it is.</param>
/// <param name="Measures">How much.</param>
internal readonly record struct SpendRow(long Hour, DateOnly Day, SpendKey Key, SpendMeasures Measures);
