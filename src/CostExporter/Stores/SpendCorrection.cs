namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Figures kept beside the rows that correct them while they are in force: rows of the further figure <c>llm.correction.ID</c>.
/// </summary>
/// <param name="Id">Unique: letters, digits and hyphens.</param>
/// <param name="At">When it was made.</param>
/// <param name="By">Who made it.</param>
/// <param name="Why">What it is, for the audit: the price book's version, the range.</param>
public sealed record SpendCorrection(string Id, DateTimeOffset At, string By, string Why);
