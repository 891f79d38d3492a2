namespace LlmTelemetry.Usage;

/// <summary>What a session cost, in USD. The parts are disjoint and add up to <see cref="Total"/> exactly.</summary>
/// <param name="Input">Text, image and video input, documents, characters and fees for each request.</param>
/// <param name="Output">Text, reasoning, image and video output.</param>
/// <param name="Audio">Audio of either direction, by token or by time.</param>
/// <param name="Tools">Searches, code execution, reranking and other tools that the provider ran.</param>
public sealed record SessionCost(decimal Input, decimal Output, decimal Audio, decimal Tools)
{
    /// <summary>The whole cost.</summary>
    public decimal Total => Input + Output + Audio + Tools;

    internal static SessionCost Of(in Cost cost)
    {
        var pico = (Input: Int128.Zero, Output: Int128.Zero, Audio: Int128.Zero, Tools: Int128.Zero);
        foreach (var bucket in cost)
        {
            switch (bucket)
            {
                case UsageBucket.InputAudio or UsageBucket.CacheAudioRead or UsageBucket.OutputAudio or UsageBucket.AudioSecond or UsageBucket.InputAudioSecond:
                    pico.Audio += cost.Pico(bucket);
                    break;
                case UsageBucket.WebSearch or UsageBucket.FileSearch or UsageBucket.ToolCall or UsageBucket.CodeExecution or UsageBucket.RerankUnit:
                    pico.Tools += cost.Pico(bucket);
                    break;
                case UsageBucket.Image or UsageBucket.VideoSecond:
                case var tokens when tokens.IsOutputTokens():
                    pico.Output += cost.Pico(bucket);
                    break;
                default:
                    pico.Input += cost.Pico(bucket);
                    break;
            }
        }

        return new SessionCost(Cost.ToUsd(pico.Input), Cost.ToUsd(pico.Output), Cost.ToUsd(pico.Audio), Cost.ToUsd(pico.Tools));
    }
}
