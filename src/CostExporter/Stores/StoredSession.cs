namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What one session of one tenant used and spent so far.</summary>
/// <param name="Tenant">Whose session it is.</param>
/// <param name="FirstAt">When its first call ended, to the second; the hour's first second where the store knows no better.</param>
/// <param name="LastAt">When its last call ended, to the second; the hour's last second where the store knows no better.</param>
/// <param name="Rows">By provider and model; the rest of the keys is null.</param>
public sealed record StoredSession(string? Tenant, DateTimeOffset FirstAt, DateTimeOffset LastAt, IReadOnlyList<(SpendKey Key, SpendMeasures Measures)> Rows);

/// <summary>Which sessions to read.</summary>
/// <param name="Session">The session's id.</param>
/// <param name="AnyTenant">Whether sessions of this id are read of all tenants.</param>
/// <param name="Tenant">Unless they are, whose; null: of the calls that named none.</param>
public readonly record struct SessionRead(string Session, bool AnyTenant, string? Tenant = null);
