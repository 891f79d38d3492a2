using LlmTelemetry.Budgets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds budgets to an application.</summary>
public static class BudgetServiceCollectionExtensions
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Adds budgets: a <see cref="BudgetGuard"/> for <c>UseBudgets</c> and for routes outside the pipeline, and a <see cref="DailyTokenTracker"/>. Options also come from the
        /// configuration section <c>LlmTelemetry:Budgets</c> (<c>LlmTelemetry__Budgets__Store</c> as an environment variable), whose changes apply without a restart; what is set
        /// in code wins. Store, key prefix and time zone default to the cost exporter's. Calling it again only adds to the options.
        /// </summary>
        /// <param name="configure">Sets the options; null for the configuration and the defaults. Called anew for each change of the configuration.</param>
        /// <remarks>
        /// The host does not start with bad settings. A store that is down does not keep it from starting. A bad change is logged, and what was in use stays. Store, key
        /// prefix, time zone and gauges are those of the start.
        /// </remarks>
        public IServiceCollection AddBudgets(Action<BudgetOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddOptions();
            if (!services.Any(service => service.ImplementationType == typeof(ConfigureBudgets)))
            {
                // Before whatever sets options in code, so that code wins also when it came first.
                services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<BudgetOptions>, ConfigureBudgets>());
                services.AddSingleton<IPostConfigureOptions<BudgetOptions>, ConfigureBudgets>();
            }

            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddSingleton(static provider => BudgetService.CreateGuard(provider));
            services.TryAddSingleton(static provider => provider.GetRequiredService<BudgetGuard>().DailyTokens);
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, BudgetService>());
            return services;
        }
    }
}
