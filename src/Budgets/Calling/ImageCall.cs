using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>A call for images: so many as it asks for, by the piece and as tokens.</summary>
/// <param name="generator">The generator inside.</param>
/// <param name="request">What to draw.</param>
/// <param name="options">The caller's options.</param>
[Experimental("MEAI001")]
internal sealed class ImageCall(IImageGenerator generator, ImageGenerationRequest request, ImageGenerationOptions? options) : BudgetedCall, ISingleCall<ImageGenerationResponse>
{
    // OpenAI's for a square image of high quality, the most that a model draws without being asked for more.
    private const long TokensOfAnImage = 4_160;

    // As the price book writes it where the size is not said: what the model makes then.
    private const string DefaultSize = "default";

    public override AdditionalPropertiesDictionary? Properties => options?.AdditionalProperties;

    public override string? Model => options?.ModelId;

    public override CallSize Measure(CallEstimates estimates, string? model)
    {
        var count = Math.Max(1, options?.Count ?? 1);
        var sent = 0L;
        foreach (var image in request.OriginalImages ?? [])
        {
            sent += PromptTokens.Of(image, model);
        }

        var usage = new CallUsage
        {
            [UsageBucket.Input] = estimates.OfText(request.Prompt ?? "", model),
            [UsageBucket.InputImage] = sent,
            [UsageBucket.Output] = count * TokensOfAnImage,
        };
        usage.Add(UsageBucket.Image, options?.ImageSize is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size.Width}x{size.Height}") : DefaultSize, count);
        return new CallSize(usage);
    }

    public Task<ImageGenerationResponse> SendAsync(CancellationToken cancellationToken) => generator.GenerateAsync(request, options, cancellationToken);

    public void Read(ImageGenerationResponse answer, AnswerSeen seen)
    {
    }
}
