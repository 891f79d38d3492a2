namespace LlmTelemetry.CostExporter.Stores;

/// <summary>Whose spend a row holds. Null: the call did not say, or it is not kept.</summary>
internal readonly record struct SpendKey(string? Provider, string? Model, string? User, string? Tenant, string? Feature, SpendKeyMore? More = null);
