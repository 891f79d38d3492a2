using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmTelemetry.AspNetChat;

/// <summary>Metrics and spans: by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; in the release build also to scrape at <c>/metrics</c>.</summary>
internal static class Telemetry
{
    public static void AddTo(WebApplicationBuilder builder)
    {
        var hasOtlp = !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        builder.Services.AddSingleton(_ => OpenTelemetrySdk.Create(otel => otel
            .WithMetrics(metrics =>
            {
                metrics.AddUsageTracking().AddMeter("LlmTelemetry.CostExporter", "LlmTelemetry.Budgets");
#if FULL_FEED
                metrics.AddPrometheusExporter();
#endif
                if (hasOtlp)
                {
                    metrics.AddOtlpExporter();
                }
            })
            .WithTracing(traces =>
            {
                traces.AddUsageTracking();
                if (hasOtlp)
                {
                    traces.AddOtlpExporter();
                }
            })));
    }

    public static void Map(WebApplication app)
    {
        // From the first call on, not from the first request for it.
        var sdk = app.Services.GetRequiredService<OpenTelemetrySdk>();
#if FULL_FEED
        app.UseOpenTelemetryPrometheusScrapingEndpoint(sdk.MeterProvider, predicate: null, path: "/metrics", configureBranchedPipeline: null, optionsName: null);
#endif
    }
}
