using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Holds room for each call of the image generator inside it, and settles it afterwards.</summary>
/// <param name="inner">The generator; tracked.</param>
/// <param name="calls">Makes its calls.</param>
[Experimental("MEAI001")]
internal sealed class BudgetedImageGenerator(IImageGenerator inner, BudgetedCalls calls) : DelegatingImageGenerator(inner)
{
    /// <inheritdoc/>
    public override Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        request is null
            ? InnerGenerator.GenerateAsync(request!, options, cancellationToken)
            : calls.RunAsync<ImageCall, ImageGenerationResponse>(new ImageCall(InnerGenerator, request, options), cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            calls.Dispose();
        }

        base.Dispose(disposing);
    }
}
