using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LlmTelemetry.AspNetCore;

/// <summary>Whether what is recorded reaches the store: proven by a write, not by a connection.</summary>
internal sealed class CostExporterHealthCheck(CostExporterHost exporter) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var found = await exporter.CheckAsync(cancellationToken).ConfigureAwait(false);
        var data = new Dictionary<string, object>
        {
            ["store"] = found.Store,
            ["took"] = found.Took,
            ["lag"] = found.Lag,
            ["pending_rows"] = found.PendingRows,
        };
        if (found.Error is { } error)
        {
            data["last_error"] = error;
        }

        return found switch
        {
            { IsWritten: false } => new(context.Registration.FailureStatus, $"Spend does not reach {found.Store}: {Sentence(found.Error)} It is kept in this process and sent again.", data: data),
            { IsLate: true } => HealthCheckResult.Degraded($"Some spend has not reached {found.Store} for {found.Lag}: {found.Error ?? "flushes take too long"}", data: data),
            _ => HealthCheckResult.Healthy($"Spend reaches {found.Store}.", data),
        };
    }

    // What a client library says may end without a full stop.
    private static string Sentence(string? error) => error is null or [] || error[^1] is '.' or '!' or '?' ? error ?? "" : error + ".";
}
