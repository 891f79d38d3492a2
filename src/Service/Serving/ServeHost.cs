using System.Text.Json;
using LlmTelemetry.CostExporter;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Builds the service: Kestrel, the ledger, what guards it, and the endpoints of all rooms.</summary>
internal static class ServeHost
{
    /// <summary>The section of the server's own settings.</summary>
    public const string Kestrel = "Kestrel";

    private const int MostHeaders = 64;

    /// <summary>How long requests under way may take to end when the service is told to stop.</summary>
    public static TimeSpan ShutdownTimeout { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Builds it; nothing is listened to or opened yet.</summary>
    /// <exception cref="OptionsValidationException">A setting is wrong; the message names it, its value and what would be right.</exception>
    public static WebApplication Build(ServeSetup setup)
    {
        var options = ServiceFromConfiguration.Read(setup.Configuration);
        var urls = ListenAddresses.Of(setup.Urls ?? options.Urls, setup.Configuration);
        ListenAddresses.NeedKeys(urls, hasKeys: options.Keys.Count != 0);

        // Empty: what a host reads and registers by default is none of ours, and takes its time.
        var builder = WebApplication.CreateEmptyBuilder(new() { ApplicationName = typeof(ServeHost).Assembly.GetName().Name });
        builder.Configuration.AddConfiguration(setup.Configuration);
        Listen(builder, setup.Configuration.GetSection($"{Kestrel}:Endpoints").Exists() ? null : urls);
        ServeLogs.CheckLevels(setup.Configuration);
        builder.Logging.AddConfiguration(setup.Configuration.GetSection(ServeLogs.Section));
        (setup.Logging ?? (logging => ServeLogs.AddTo(logging, options.JsonLogs)))(builder.Logging);
        AddServices(builder.Services, setup, options);
        setup.Services?.Invoke(builder.Services);

        var app = builder.Build();
        try
        {
            Check(app, setup.Configuration);
            Use(app);
            Map(app);
            return app;
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    private static void Listen(WebApplicationBuilder builder, IReadOnlyList<string>? urls)
    {
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel((context, kestrel) =>
        {
            // Not followed: an endpoint that appears later would listen without having been checked.
            kestrel.Configure(context.Configuration.GetSection(Kestrel), reloadOnChange: false);
            kestrel.AddServerHeader = false;

            // Deliveries have a limit of their own.
            kestrel.Limits.MaxRequestBodySize = ApiBody.Most;
            kestrel.Limits.MaxRequestHeaderCount = MostHeaders;
        });
        if (urls is not null)
        {
            builder.WebHost.UseUrls([.. urls]);
        }
    }

    private static void AddServices(IServiceCollection services, ServeSetup setup, ServiceOptions options)
    {
        services.AddRoutingCore();
        services.AddSingleton(setup.Time);
        services.AddSingleton(options);
        OptionsFromConfiguration.AddTo(services);
        services.Configure<CostExporterOptions>(exporter =>
        {
            exporter.TimeProvider = setup.Time;
            exporter.Store = setup.Store ?? exporter.Store;
        });
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);

        // The command hears of signals itself.
        services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        services.AddSingleton<KeyRing>().AddSingleton<RateLimits>().AddSingleton<RequestGuard>().AddSingleton<Access>().AddSingleton<Audit>().AddSingleton<Problems>();
        services.AddSingleton<StoreState>().AddSingleton<StoreProbe>();
        services.AddSingleton(static provider => ServedStores.Create(LedgerFactory.Options(provider)));
        services.AddSingleton(LedgerFactory.Create);
        services.AddSingleton<ServedQuotas>();
        services.AddHostedService<LedgerService>();
        services.AddSingleton<LedgerExposition>();
        services.AddHostedService(static provider => provider.GetRequiredService<LedgerExposition>());
        services.AddApiDocument();
    }

    // What would fail later fails now.
    private static void Check(WebApplication app, IConfiguration configuration)
    {
        _ = DailyBudget.ToMeasurements(LedgerFactory.Options(app.Services).DailyBudgets);
        _ = OtlpLimits.Read(configuration);
        _ = app.Services.GetRequiredService<ServedLedger>();
        _ = app.Services.GetRequiredService<LedgerExposition>();
        _ = ServiceFromConfiguration.Read(configuration, app.Services.GetRequiredService<ILogger<ServiceOptions>>());
    }

    private static void Use(WebApplication app)
    {
        var problems = app.Services.GetRequiredService<Problems>();
        var guard = app.Services.GetRequiredService<RequestGuard>();
        var audit = app.Services.GetRequiredService<Audit>();
        var access = app.Services.GetRequiredService<Access>();
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            context.Response.OnStarting(static state =>
            {
                SecurityHeaders.Set(((HttpContext)state).Response, isApi: ((HttpContext)state).GetEndpoint()?.Metadata.GetMetadata<RequiredScopes>() is not null);
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
        app.Use((HttpContext context, RequestDelegate next) => problems.InvokeAsync(context, next));
        app.UseRouting();
        app.Use((HttpContext context, RequestDelegate next) => audit.InvokeAsync(context, next));
        app.Use((HttpContext context, RequestDelegate next) => guard.InvokeAsync(context, next));
        app.Use((HttpContext context, RequestDelegate next) => access.InvokeAsync(context, next));
        app.UseEndpoints(static _ => { });
    }

    private static void Map(WebApplication app)
    {
        app.MapOtlp();
        app.MapUsage();
        app.MapPage();
        var api = app.MapGroup("").RefuseOtherParameters();
        api.MapBudgets();
        api.MapTokens();
        api.MapPrices();
        api.MapAdmin();
        app.MapMetrics();
        app.MapApiDocument();
        app.MapHealth();
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
