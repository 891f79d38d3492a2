using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Budgets;

namespace Microsoft.Extensions.AI;

/// <summary>Adds budgets to pipelines for images and speech; experimental as long as their interfaces are.</summary>
[Experimental("MEAI001")]
public static class MediaBuilderBudgetExtensions
{
    extension(ImageGeneratorBuilder builder)
    {
        /// <summary>Adds budgets to the pipeline, outside of what is added after it: put it before <c>UseUsageTracking</c>.</summary>
        /// <param name="guard">Decides. Null: the one that is registered in the pipeline's services.</param>
        public ImageGeneratorBuilder UseBudgets(BudgetGuard? guard = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => guard is null ? inner.UseBudgets(services) : inner.UseBudgets(guard));
        }
    }

    extension(SpeechToTextClientBuilder builder)
    {
        /// <summary>Adds budgets to the pipeline, outside of what is added after it: put it before <c>UseUsageTracking</c>.</summary>
        /// <param name="guard">Decides. Null: the one that is registered in the pipeline's services.</param>
        public SpeechToTextClientBuilder UseBudgets(BudgetGuard? guard = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => guard is null ? inner.UseBudgets(services) : inner.UseBudgets(guard));
        }
    }

    extension(TextToSpeechClientBuilder builder)
    {
        /// <summary>Adds budgets to the pipeline, outside of what is added after it: put it before <c>UseUsageTracking</c>.</summary>
        /// <param name="guard">Decides. Null: the one that is registered in the pipeline's services.</param>
        public TextToSpeechClientBuilder UseBudgets(BudgetGuard? guard = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => guard is null ? inner.UseBudgets(services) : inner.UseBudgets(guard));
        }
    }
}
