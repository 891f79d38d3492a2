namespace LlmTelemetry.CostExporter.Stores;

/// <summary>Which values cost the most.</summary>
/// <param name="Dimension">User, feature or model.</param>
/// <param name="Reads">The whole days and months of the range: grain, first and last period of each.</param>
/// <param name="Count">How many.</param>
/// <param name="Tenant">Only of this tenant; null: of all.</param>
public sealed record TopRead(SpendDimension Dimension, IReadOnlyList<SpendRead> Reads, int Count, string? Tenant = null);
