using LlmTelemetry.AspNetCore;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the cost exporter to an application's health checks.</summary>
public static class CostExporterHealthExtensions
{
    extension(IHealthChecksBuilder checks)
    {
        /// <summary>
        /// Checks that spend reaches its store, by a write that changes no figure. Degraded: some of what was recorded is late by more than three
        /// intervals. Its data: <c>store</c>, <c>took</c>, <c>lag</c>, <c>pending_rows</c>, and <c>last_error</c> where there is one. Ends within
        /// <c>CostExporterOptions.StoreTimeout</c>. Needs <c>services.AddCostExporter()</c>.
        /// </summary>
        /// <param name="name">The check's name.</param>
        /// <param name="failureStatus">What it reports when no write reaches the store. Default: unhealthy. Calls are not affected, so an application may prefer degraded.</param>
        /// <param name="tags">The check's tags; null for none.</param>
        /// <param name="timeout">Another time limit for the whole check; null: only that of the store.</param>
        /// <exception cref="ArgumentException">The name is empty.</exception>
        public IHealthChecksBuilder AddCostExporter(
            string name = "cost_exporter", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, TimeSpan? timeout = null)
        {
            ArgumentNullException.ThrowIfNull(checks);
            ArgumentException.ThrowIfNullOrWhiteSpace(name);
            return checks.Add(new HealthCheckRegistration(
                name,
                static services => new CostExporterHealthCheck(
                    services.GetService<CostExporterHost>() ?? throw new InvalidOperationException("There is no cost exporter to check: call services.AddCostExporter() too.")),
                failureStatus,
                tags,
                timeout));
        }
    }
}
